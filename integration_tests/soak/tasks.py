"""The tasks of the soak: ``shop/tasks.py`` of its project. Each notes that it runs."""

from __future__ import annotations

import logging
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery import shared_task
from django.conf import settings
from djcelery_backends import chords, sweeper

EXECUTIONS = Path(__file__).parents[1] / "executions"

logging.getLogger("celery.worker.strategy").setLevel(logging.WARNING)
logging.getLogger("celery.app.trace").setLevel(logging.CRITICAL)  # thousands of tasks are to fail
stale_seconds = settings.SOAK_STALE_SECONDS  # type: ignore[misc]  # known to no plugin
vars(chords)["STALE"] = timedelta(seconds=stale_seconds)
vars(sweeper)["INTERVAL_SECONDS"] = stale_seconds / 6


def note(task: Any, chord: str = "-") -> None:
    """Note one execution, in one write: whole, even if the process is killed in this moment."""
    line = f"{task.request.id} {task.request.retries} {chord}\n"
    descriptor = os.open(EXECUTIONS, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, line.encode())
    os.close(descriptor)


@shared_task(bind=True)
def double(task: Any, x: int) -> int:
    note(task)
    return 2 * x


@shared_task(bind=True, ignore_result=True)
def quiet(task: Any, x: int) -> int:
    note(task)
    return 2 * x


@shared_task(bind=True)
def fail(task: Any, x: int) -> None:
    note(task)
    raise ValueError(x)


@shared_task(bind=True)
def retry(task: Any, x: int, times: int) -> int:
    """Succeed in the attempt after so many; every other task waits a second between them."""
    note(task)
    if task.request.retries < times:
        raise task.retry(countdown=x % 2, max_retries=times)
    return 2 * x


@shared_task(bind=True)
def give_up(task: Any, x: int, times: int) -> None:
    note(task)
    raise task.retry(exc=ValueError(x), countdown=0, max_retries=times)


@shared_task(bind=True)
def total(task: Any, values: list[Any], chord: str) -> int:
    note(task, chord)
    return added(values)


def added(values: list[Any]) -> int:
    """The sum of what a header returned, whose groups are lists in it."""
    return sum(added(value) if isinstance(value, list) else value for value in values)
