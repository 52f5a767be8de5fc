"""The tasks that were seen in the event stream."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .identifier import IdentifierField
from .querysets import ExtendedManager, ExtendedQuerySet
from .states import TASK_STATE_CHOICES
from .workerstate import WorkerState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


class TaskStateManager(ExtendedManager["TaskState"]):
    """Tasks that are shown, and the two steps in which old ones go: hide, then purge."""

    def active(self) -> ExtendedQuerySet[TaskState]:
        """Tasks that are not hidden."""
        return self.get_queryset().filter(hidden=False)

    def expired(
        self,
        states: Collection[str],
        expires: timedelta | float,
        nowfun: Callable[[], datetime] = timezone.now,
    ) -> ExtendedQuerySet[TaskState]:
        """Tasks in one of ``states`` whose last event is at least ``expires`` old.

        expires: a number counts seconds.
        """
        age = expires if isinstance(expires, timedelta) else timedelta(seconds=expires)
        return self.get_queryset().filter(state__in=states, tstamp__lte=nowfun() - age)

    def expire_by_states(
        self, states: Collection[str], expires: timedelta | float | None
    ) -> int | None:
        """Hide the expired tasks; None hides nothing. Returns how many were hidden."""
        if expires is None:
            return None
        return self.expired(states, expires).filter(hidden=False).update(hidden=True)

    def purge(self) -> int:
        """Delete the hidden tasks, in one statement. Returns how many there were."""
        connection = self.connection_for_write()
        table = connection.ops.quote_name(self.model._meta.db_table)  # noqa: SLF001  # documented
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE hidden = %s", [True])  # noqa: S608  # our own table's name
            return int(cursor.rowcount)


class TaskState(models.Model):
    """A task as its events showed it last."""

    id = models.BigAutoField(primary_key=True)
    state = models.CharField(_("state"), max_length=64, choices=TASK_STATE_CHOICES, db_index=True)
    task_id = IdentifierField(_("UUID"), unique=True)
    name = IdentifierField(_("name"), null=True, db_index=True)
    tstamp = models.DateTimeField(_("event received at"), db_index=True)
    args = models.TextField(_("arguments"), null=True)  # noqa: DJ001  # of old
    kwargs = models.TextField(_("keyword arguments"), null=True)  # noqa: DJ001  # of old
    eta = models.DateTimeField(_("ETA"), null=True, help_text=_("the time it is planned for"))
    expires = models.DateTimeField(_("expires"), null=True)
    result = models.TextField(_("result"), null=True)  # noqa: DJ001  # of old
    traceback = models.TextField(_("traceback"), null=True)  # noqa: DJ001  # of old
    runtime = models.FloatField(_("runtime"), null=True, help_text=_("in seconds if it succeeded"))
    retries = models.IntegerField(_("number of retries"), default=0)
    worker = models.ForeignKey(WorkerState, models.CASCADE, null=True, verbose_name=_("worker"))
    hidden = models.BooleanField(editable=False, default=False, db_index=True)

    objects = TaskStateManager()

    class Meta:
        app_label = "djcelery"
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        get_latest_by = "tstamp"
        ordering = ("-tstamp",)
        permissions = (
            ("run_taskstate", "Can run tasks"),
            ("view_taskstate_payload", "Can view arguments, results and tracebacks"),
        )

    def __str__(self) -> str:
        text = f"{self.state:<10} {self.task_id:<36} {self.name or 'UNKNOWN'}"
        return f"{text} eta:{self.eta}" if self.eta else text
