"""Send the units of a plan, whatever happens to the database in the meantime."""

from __future__ import annotations

from functools import partial
from itertools import count
from time import sleep
from typing import TYPE_CHECKING, Any

from celery import group, states
from django.db import InterfaceError, OperationalError

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

    from celery import Celery

    from integration_tests.projects import Project

    from .plan import Planned

TRIES = 300
PAUSE_SECONDS = 0.2
UNITS_BETWEEN_LOOKS = 20
MOST_QUEUED = 2_000
"""Sending takes as long as the soak, so that the database is lost while tasks are sent, too."""


def revoke(app: Celery, planned: list[Planned], names: list[str]) -> None:
    """Tell the workers of these names what not to run; one that starts again asks the others."""
    ids = [
        task_id
        for unit, _ in planned
        for task_id, expected in unit.expected.items()
        if expected is not None and expected.state == states.REVOKED
    ]
    replies: Any = app.control.revoke(ids, destination=names, reply=True, timeout=30)
    assert len(replies) == len(names), replies


def send(project: Project, planned: list[Planned], stopped: Event) -> int:
    """Send each unit, again under the same ids where the database was lost; returns how often.

    Once ``stopped``, no more are sent.
    """
    sent_again = 0
    for number, (_, signature) in enumerate(planned):
        while not number % UNITS_BETWEEN_LOOKS and queued(project) > MOST_QUEUED:
            if stopped.wait(PAUSE_SECONDS):
                return sent_again
        sent_again += _failures(partial(_send_unit, signature))
    return sent_again


def queued(project: Project) -> int:
    """How many messages no worker has taken."""
    with project.app.connection_for_read() as broker:
        channel: Any = broker.default_channel
        queue = channel.queue_declare(project.app.conf.task_default_queue, passive=True)
    number: int = queue.message_count
    return number


def _send_unit(signature: Any) -> None:
    result = signature.apply_async()
    if type(signature) is group:
        result.save()


def _failures(act: Callable[[], None]) -> int:
    """How often it failed, until it did not."""
    for number in count():
        try:
            act()
        except (InterfaceError, OperationalError):
            if number == TRIES:
                raise
            sleep(PAUSE_SECONDS)
        else:
            return number
    raise AssertionError("count() has no end")
