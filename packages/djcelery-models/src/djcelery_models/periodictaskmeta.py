"""The documented face of a periodic task for code that runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from celery import current_app
from django.db.models import F

from .periodictask import PeriodicTask

if TYPE_CHECKING:
    from datetime import datetime

    from celery.app.task import Task
    from celery.result import AsyncResult

OPTIONS = ("queue", "exchange", "routing_key", "expires")


class PeriodicTaskMeta:
    """A periodic task as the task registry and its own row know it."""

    def __init__(self, entry: PeriodicTask) -> None:
        self.entry = entry

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.entry}>"

    @property
    def name(self) -> str:
        """The name of the task in the registry, not that of the entry."""
        return f"{self.entry.task}"

    @property
    def task(self) -> Task[Any, Any]:
        """The task object. Raises celery's NotRegistered if this process does not know it."""
        return current_app.tasks[self.name]

    @property
    def last_run_at(self) -> datetime | None:
        return self.entry.last_run_at

    @property
    def total_run_count(self) -> int:
        return self.entry.total_run_count

    def delay(self) -> AsyncResult[Any]:
        """Send the task with the entry's arguments and options, and count the run.

        A task that this process has not registered is sent by name. Raises BadRow if the
        arguments are not JSON.
        """
        result = self._send()
        entries = PeriodicTask.objects.filter(pk=self.entry.pk)
        entries.update(total_run_count=F("total_run_count") + 1)
        self.entry.refresh_from_db(fields=["total_run_count"])
        return result

    def _send(self) -> AsyncResult[Any]:
        args, kwargs = tuple(self.entry.decoded_args), self.entry.decoded_kwargs
        given = {name: getattr(self.entry, name) for name in OPTIONS}
        options = {name: value for name, value in given.items() if value is not None}
        if self.name in current_app.tasks:
            return self.task.apply_async(args, kwargs, **options)
        return current_app.send_task(self.name, args, kwargs, **options)
