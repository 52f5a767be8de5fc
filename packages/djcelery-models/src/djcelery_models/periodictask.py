"""The entries of the schedule."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.core.validators import MaxLengthValidator, MaxValueValidator
from django.db import models, router, transaction
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .clockedschedule import ClockedSchedule
from .crontabschedule import CrontabSchedule
from .entryquerysets import OF_BEAT, PeriodicTaskManager
from .entryvalidation import KINDS, validate_entry
from .errors import BadRow
from .identifier import IdentifierField
from .intervalschedule import IntervalSchedule
from .misfire import Misfire
from .overlap import Overlap
from .planning import plan, plan_new
from .solarschedule import SolarSchedule
from .utcdatetime import UTCDateTimeField

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    from celery.schedules import BaseSchedule

    Schedule: TypeAlias = IntervalSchedule | CrontabSchedule | SolarSchedule | ClockedSchedule


LONGEST_NAME = 200
COLUMNS_OF_KINDS = tuple((kind, f"{kind}_id") for kind in KINDS)
PLANNED = ("check_at", "next_run_at", "planned_by", "uid")
A_DAY = 24 * 60 * 60


def _only(kind: str) -> Q:
    """An entry with this kind of schedule and no other."""
    return Q(**{f"{other}__isnull": other != kind for other in KINDS})


ONE_SCHEDULE = models.CheckConstraint(
    condition=_only("interval")
    | _only("crontab")
    | _only("solar")
    | _only("clocked")
    | (Q(**{f"{kind}__isnull": True for kind in KINDS}) & Q(enabled=False)),
    name="djcelery_periodictask_one_schedule",
    violation_error_message=_("Give one schedule: interval, crontab, solar or clocked."),
)


class PeriodicTask(models.Model):
    """A task, its arguments and options, and the schedule it runs by."""

    id = models.AutoField(primary_key=True)
    name = IdentifierField(
        _("name"),
        unique=True,
        help_text=_("Useful description"),
        validators=[MaxLengthValidator(LONGEST_NAME)],
    )
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
        help_text=_("Use one of interval, crontab, solar, clocked"),
    )
    solar = models.ForeignKey(
        SolarSchedule, models.PROTECT, null=True, blank=True, verbose_name=_("solar event")
    )
    clocked = models.ForeignKey(
        ClockedSchedule, models.PROTECT, null=True, blank=True, verbose_name=_("moment")
    )
    one_off = models.BooleanField(
        _("one-off task"),
        default=False,
        db_default=False,
        help_text=_("Disable the entry once it has run"),
    )
    start_time = UTCDateTimeField(
        _("start"), blank=True, null=True, help_text=_("Not before; intervals count from here")
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
    priority = models.PositiveSmallIntegerField(
        _("priority"),
        blank=True,
        null=True,
        validators=[MaxValueValidator(255)],
        help_text=_("Of the message, from 0 to 255; what it means is up to the broker"),
    )
    headers = models.TextField(
        _("headers"),
        blank=True,
        default="{}",
        db_default="{}",
        help_text=_("JSON encoded headers of the message"),
    )
    expires = models.DateTimeField(_("expires"), blank=True, null=True)
    expire_seconds = models.PositiveIntegerField(
        _("expires after seconds"),
        blank=True,
        null=True,
        help_text=_("A message that no worker takes in that time is not run"),
    )
    misfire = models.CharField(
        _("missed runs"),
        max_length=16,
        choices=Misfire.choices,
        default=Misfire.RUN_ONCE,
        db_default=Misfire.RUN_ONCE.value,
    )
    misfire_grace_seconds = models.PositiveIntegerField(
        _("grace for missed runs, seconds"),
        blank=True,
        null=True,
        help_text=_("How late a run may be; empty: any age to run once, an hour to run all"),
    )
    overlap = models.CharField(
        _("overlap"),
        max_length=16,
        choices=Overlap.choices,
        default=Overlap.ALLOW,
        db_default=Overlap.ALLOW.value,
    )
    overlap_max_seconds = models.PositiveIntegerField(
        _("longest run, seconds"),
        default=A_DAY,
        db_default=A_DAY,
        help_text=_("A run that is not finished by then no longer keeps the next one"),
    )
    jitter_seconds = models.PositiveIntegerField(
        _("jitter, seconds"),
        default=0,
        db_default=0,
        help_text=_("Put each run off by a part of this"),
    )
    max_failures = models.PositiveIntegerField(
        _("most failures"),
        blank=True,
        null=True,
        help_text=_("Disable the entry after so many failures to send, one after the other"),
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    last_run_at = models.DateTimeField(editable=False, blank=True, null=True)
    total_run_count = models.PositiveIntegerField(default=0, editable=False)
    date_changed = models.DateTimeField(auto_now=True)
    description = models.TextField(_("description"), blank=True)
    paused_at = UTCDateTimeField(_("paused at"), blank=True, null=True)
    disabled_reason = models.TextField(
        _("disabled because"), default="", db_default="", editable=False, blank=True
    )
    remark = models.TextField(_("remark"), default="", db_default="", editable=False, blank=True)
    failures = models.PositiveIntegerField(
        _("failures to send"), default=0, db_default=0, editable=False
    )
    uid = models.UUIDField(null=True, editable=False)
    next_run_at = UTCDateTimeField(_("next run"), null=True, editable=False)
    check_at = UTCDateTimeField(_("looked at"), null=True, editable=False)
    planned_by = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001  # NULL: nothing is planned
    last_due_at = UTCDateTimeField(_("last due"), null=True, editable=False)
    claimed_by = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001  # NULL: by nobody
    claimed_until = UTCDateTimeField(null=True, editable=False)
    code_state = models.TextField(null=True, editable=False)  # noqa: DJ001  # NULL: not owned by the code

    objects = PeriodicTaskManager()
    no_changes = False
    _loaded_enabled: bool | None = None

    class Meta:
        app_label = "djcelery"
        verbose_name = _("periodic task")
        verbose_name_plural = _("periodic tasks")
        constraints = (ONE_SCHEDULE,)
        indexes = (
            models.Index(fields=("enabled", "check_at"), name="djcelery_periodictask_due"),
            models.Index(fields=("date_changed",), name="djcelery_periodictask_changed"),
        )

    def __str__(self) -> str:
        return f"{self.name}: {self._first_schedule or gettext('{no schedule}')}"

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Save, and plan the next run; what beat writes meanwhile is left as it is.

        An empty queue, exchange or routing key is stored as none at all: the task's own holds.
        """
        self.queue = self.queue or None
        self.exchange = self.exchange or None
        self.routing_key = self.routing_key or None
        if self.enabled:
            self.disabled_reason = ""
        if self._state.adding or self.pk is None:
            if not self._state.adding:  # a copy of another
                self.code_state = self.last_due_at = None
            plan_new(self, datetime.now(UTC))
            super().save(*args, update_fields=update_fields, **kwargs)
            return
        names = _columns() if update_fields is None else set(update_fields)
        if update_fields is None and vars(self).get("_loaded_enabled") == self.enabled:
            names -= {"enabled", "disabled_reason"}  # beat may have disabled it meanwhile
        elif "enabled" in names:
            names.add("disabled_reason")
        if not names <= OF_BEAT:
            names.add("date_changed")
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using):
            super().save(*args, update_fields=names, **kwargs)
            if not self.no_changes and not names <= OF_BEAT:
                self._plan_again(using)

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> PeriodicTask:
        """Note whether the entry was enabled, to leave that to beat where nobody changes it."""
        entry = super().from_db(*args, **kwargs)
        entry._loaded_enabled = vars(entry).get("enabled")  # noqa: SLF001  # our own
        return entry

    def clean(self) -> None:
        """Refuse what beat could not run, by field."""
        super().clean()
        validate_entry(self)

    def _plan_again(self, using: str) -> None:
        """Plan the row as it is; the caller's update keeps beat from it until the commit."""
        rows = type(self)._base_manager.using(using).filter(pk=self.pk)  # noqa: SLF001  # documented
        for name, value in rows.values(*OF_BEAT, "uid", "enabled", "disabled_reason").get().items():
            setattr(self, name, value)
        self._loaded_enabled = self.enabled
        plan(self, datetime.now(UTC))
        rows.update(**{name: getattr(self, name) for name in PLANNED})

    @property
    def one_schedule(self) -> Schedule:
        """The row of the schedule. Raises BadRow if there is none, or more than one."""
        given = [kind for kind, column in COLUMNS_OF_KINDS if getattr(self, column) is not None]
        if len(given) != 1:
            raise BadRow(self._meta.db_table, self.pk, f"{len(given)} schedules: give it one")
        schedule: Schedule = getattr(self, given[0])
        return schedule

    @property
    def schedule(self) -> BaseSchedule | datetime | None:
        """What the entry runs by: the interval if it has one, else the crontab; else None.

        Of a single moment that. Raises BadRow if Celery refuses the schedule.
        """
        row = self._first_schedule
        if row is None:
            return None
        return row.clocked_time if isinstance(row, ClockedSchedule) else row.schedule

    @property
    def _first_schedule(self) -> Schedule | None:
        return self.interval or self.crontab or self.solar or self.clocked

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

    @property
    def decoded_headers(self) -> dict[str, Any]:
        """The headers of the message; empty text counts as none. Raises BadRow for bad JSON."""
        value = self._decoded("headers", empty="{}")
        if isinstance(value, dict):
            return value
        raise BadRow(self._meta.db_table, self.pk, "headers is not a JSON object")

    def _decoded(self, column: str, *, empty: str) -> object:
        text = getattr(self, column).strip()
        if not text or text == empty:
            return [] if empty == "[]" else {}
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BadRow(self._meta.db_table, self.pk, f"{column} is not JSON: {error}") from error


def _columns() -> set[str]:
    """What a plain ``save()`` writes: all but what beat does."""
    fields = PeriodicTask._meta.concrete_fields  # noqa: SLF001  # documented
    return {field.name for field in fields if not field.primary_key} - OF_BEAT - {"uid"}
