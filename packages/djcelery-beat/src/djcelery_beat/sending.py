"""Send one run through the scheduler, as Celery sends a task."""

from __future__ import annotations

import logging
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, Final

from celery import states
from celery.backends.base import DisabledBackend
from djcelery_models.errors import BadRow
from djcelery_models.models import TaskState
from djcelery_models.planning import task_id as id_of
from djcelery_utils.databases import DATABASE_ERRORS
from djcelery_utils.excerpt import storable

from .errors import NotSent

if TYPE_CHECKING:
    from datetime import datetime

    from djcelery_models.models import PeriodicTask

    from .publisher import Publisher

logger = logging.getLogger(__name__)

LONGEST_REASON: Final = 1_000
UNKNOWN_TASK: Final = "No task of this name is known to beat; it is sent all the same."


class Sender:
    """What a batch is sent with.

    scheduler: Celery's, with ``Entry`` and ``apply_async``.
    """

    def __init__(self, scheduler: Any, publisher: Publisher) -> None:
        self._scheduler = scheduler
        self._publisher = publisher
        self.deferral: object = False

    @property
    def is_stopping(self) -> bool:
        """Whether a signal waits for the end of the batch, or somebody has closed the scheduler."""
        return bool(self.deferral) or self._scheduler.is_stopping

    def send(self, entry: PeriodicTask, due: datetime, task_id: str) -> None:
        """Send the run of ``due``. Raises NotSent, or BrokerFailed for the whole batch."""
        self._publisher.check_time()
        known = self._scheduler.app.tasks
        entry.remark = "" if entry.task in known else UNKNOWN_TASK
        try:
            known_entry = self._scheduler.Entry(entry, app=self._scheduler.app)
            message = Message(known_entry, task_id, due, self._publisher.options)
            self._scheduler.apply_async(message, producer=self._publisher.producer, advance=False)
        except DATABASE_ERRORS:
            raise
        except Exception as error:
            failure = self._publisher.failure(error)
            if failure is not None:
                raise failure from error
            raise NotSent(reason_of(error)) from error
        logger.info("Periodic task %s: %s was sent as %s", entry.name, entry.task, task_id)

    def unfinished(self, entry: PeriodicTask, now: datetime) -> str:
        """Why the last run that was sent counts as unfinished; empty: it does not.

        A state that cannot be read counts as unfinished.
        """
        last: datetime | None = entry.last_due_at
        if last is None or now - last >= timedelta(seconds=entry.overlap_max_seconds):
            return ""
        task_id = id_of(entry, last)
        state = self._state(task_id)
        if state == states.PENDING and self._has_expired(last, now):
            return ""
        return "" if state in states.READY_STATES else f"{task_id}, sent before, is {state}"

    def _has_expired(self, due: datetime, now: datetime) -> bool:
        """Whether the result of a run of ``due`` would be gone by now."""
        expires = self._scheduler.app.conf.result_expires
        if not expires:
            return False
        age = expires if isinstance(expires, timedelta) else timedelta(seconds=expires)
        return now - due > age

    def _state(self, task_id: str) -> str:
        app = self._scheduler.app
        if isinstance(app.backend, DisabledBackend):
            seen = TaskState.objects.filter(task_id=task_id).values_list("state", flat=True)
            return seen.first() or states.PENDING
        try:
            state: str = app.AsyncResult(task_id).state
        except DATABASE_ERRORS:
            raise
        except Exception as error:  # noqa: BLE001  # of whatever backend
            return f"unknown: {reason_of(error)}"
        return state


class Message:
    """A run of an entry, as ``Scheduler.apply_async`` takes it."""

    def __init__(
        self, entry: Any, task_id: str, due: datetime, transport_options: dict[str, Any]
    ) -> None:
        self.entry = entry
        self.name = entry.name
        self.task = entry.task
        self.args = entry.args
        self.kwargs = entry.kwargs
        due_at = {"periodic_task_due_at": due.astimezone(UTC).isoformat()}
        self.options = {**entry.options, **transport_options, "task_id": task_id}
        self.options["headers"] = {**(self.options.get("headers") or {}), **due_at}


def reason_of(error: BaseException) -> str:
    """What went wrong, in one line; without Celery's words around it."""
    cause = error.__cause__ or error.__context__ or error
    text = cause.reason if isinstance(cause, BadRow) else f"{type(cause).__name__}: {cause}"
    return storable(text, LONGEST_REASON)
