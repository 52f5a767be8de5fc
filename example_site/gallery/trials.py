"""The tasks that can be started with a button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from celery import states
from djcelery.models import TaskMeta

from . import tasks
from .models import Trial

if TYPE_CHECKING:
    from celery.canvas import Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A button: what it says, and what it sends."""

    label: str
    description: str
    signature: Signature[Any]


KINDS = {
    "fail": Kind(
        label="Fail",
        description="Raises an exception",
        signature=tasks.fail.si(),
    ),
    "retry": Kind(
        label="Retry",
        description="Fails twice, then succeeds",
        signature=tasks.retry.si(),
    ),
    "long": Kind(
        label="Take long",
        description="Reports progress for 10 seconds",
        signature=tasks.take_long.si(),
    ),
    "late": Kind(
        label="Run late",
        description="Waits for 10 seconds first",
        signature=tasks.run_late.si().set(countdown=10),
    ),
}


def forget_unfinished_trials() -> None:
    """Delete what will never end, because the broker has lost its messages."""
    finished = TaskMeta.objects.filter(status__in=states.READY_STATES).values("task_id")
    Trial.objects.exclude(task_id__in=finished).delete()


def start_trial(kind: str) -> Trial:
    """Send the task behind a button; KeyError if there is no such button."""
    trial = Trial(kind=kind)
    KINDS[kind].signature.apply_async(task_id=trial.task_id)
    trial.save()
    return trial
