"""The entries of the schedule."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .crontabschedule import CrontabSchedule
from .errors import BadRow
from .identifier import IdentifierField
from .intervalschedule import IntervalSchedule
from .querysets import ExtendedManager, ExtendedQuerySet

if TYPE_CHECKING:
    from celery.schedules import BaseSchedule


class PeriodicTaskManager(ExtendedManager["PeriodicTask"]):
    """All entries, and those that are switched on."""

    def enabled(self) -> ExtendedQuerySet[PeriodicTask]:
        return self.get_queryset().filter(enabled=True)


class PeriodicTask(models.Model):
    """A task, its arguments and options, and the schedule it runs by."""

    id = models.AutoField(primary_key=True)
    name = IdentifierField(_("name"), unique=True, help_text=_("Useful description"))
    task = IdentifierField(_("task name"))
    interval = models.ForeignKey(
        IntervalSchedule, models.PROTECT, null=True, blank=True, verbose_name=_("interval")
    )
    crontab = models.ForeignKey(
        CrontabSchedule,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("crontab"),
        help_text=_("Use one of interval/crontab"),
    )
    args = models.TextField(
        _("arguments"), blank=True, default="[]", help_text=_("JSON encoded positional arguments")
    )
    kwargs = models.TextField(
        _("keyword arguments"),
        blank=True,
        default="{}",
        help_text=_("JSON encoded keyword arguments"),
    )
    queue = IdentifierField(
        _("queue"), blank=True, null=True, default=None, help_text=_("A queue of task_queues")
    )
    exchange = IdentifierField(_("exchange"), blank=True, null=True, default=None)
    routing_key = IdentifierField(_("routing key"), blank=True, null=True, default=None)
    expires = models.DateTimeField(_("expires"), blank=True, null=True)
    enabled = models.BooleanField(_("enabled"), default=True)
    last_run_at = models.DateTimeField(editable=False, blank=True, null=True)
    total_run_count = models.PositiveIntegerField(default=0, editable=False)
    date_changed = models.DateTimeField(auto_now=True)
    description = models.TextField(_("description"), blank=True)

    objects = PeriodicTaskManager()
    no_changes = False

    class Meta:
        app_label = "djcelery"
        verbose_name = _("periodic task")
        verbose_name_plural = _("periodic tasks")

    def __str__(self) -> str:
        return f"{self.name}: {self.interval or self.crontab or gettext('{no schedule}')}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store an empty queue, exchange or routing key as none at all: the task's own holds."""
        self.queue = self.queue or None
        self.exchange = self.exchange or None
        self.routing_key = self.routing_key or None
        super().save(*args, **kwargs)

    @property
    def schedule(self) -> BaseSchedule | None:
        """What the entry runs by: the interval if it has one, else the crontab, else None.

        Raises BadRow if Celery refuses the schedule.
        """
        if self.interval:
            return self.interval.schedule
        return self.crontab.schedule if self.crontab else None

    @property
    def decoded_args(self) -> list[Any]:
        """The positional arguments; empty text counts as none. Raises BadRow for bad JSON."""
        value = self._decoded("args", empty="[]")
        if isinstance(value, list):
            return value
        raise BadRow(self._meta.db_table, self.pk, "args is not a JSON list")

    @property
    def decoded_kwargs(self) -> dict[str, Any]:
        """The keyword arguments; empty text counts as none. Raises BadRow for bad JSON."""
        value = self._decoded("kwargs", empty="{}")
        if isinstance(value, dict):
            return value
        raise BadRow(self._meta.db_table, self.pk, "kwargs is not a JSON object")

    def _decoded(self, column: str, *, empty: str) -> object:
        try:
            return json.loads(getattr(self, column).strip() or empty)
        except ValueError as error:
            raise BadRow(self._meta.db_table, self.pk, f"{column} is not JSON: {error}") from error
