"""Schedules in the manner of cron."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from celery import current_app
from celery.schedules import ParseException, crontab
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from .crontabtimes import CrontabTimes, crontab_times
from .errors import BadRow
from .schedulerow import ScheduleManager, ScheduleRow, get_or_create_row

if TYPE_CHECKING:
    from datetime import tzinfo
    from typing import Self

FIELDS = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year")
NEVER = _("It never matches: give a day and a month that exist together.")


class CrontabSchedule(ScheduleRow):
    """The minutes, hours and days at which to run, each as cron writes it."""

    minute = models.CharField(_("minute"), max_length=64, default="*")
    hour = models.CharField(_("hour"), max_length=64, default="*")
    day_of_week = models.CharField(_("day of week"), max_length=64, default="*")
    day_of_month = models.CharField(_("day of month"), max_length=64, default="*")
    month_of_year = models.CharField(_("month of year"), max_length=64, default="*")

    timezone = models.CharField(
        _("time zone"),
        max_length=63,
        blank=True,
        default="",
        db_default="",
        help_text=_("A name such as Europe/Berlin; empty for CELERY_TIMEZONE"),
    )

    objects = ScheduleManager()

    class Meta:
        app_label = "djcelery"
        verbose_name = _("crontab")
        verbose_name_plural = _("crontabs")
        ordering = ("month_of_year", "day_of_month", "day_of_week", "hour", "minute")

    def __str__(self) -> str:
        shown = [str(getattr(self, field)).replace(" ", "") or "*" for field in FIELDS]
        return f"{' '.join(shown)} (m/h/d/dM/MY){self.timezone and ' '}{self.timezone}"

    def clean(self) -> None:
        """Refuse fields that Celery cannot read, that never match, and an unknown zone."""
        super().clean()
        for field in FIELDS:
            try:
                crontab(**{field: getattr(self, field)})
            except (ParseException, ValueError) as error:
                raise ValidationError({field: str(error)}) from error
        try:
            _ = self.zone
        except BadRow as error:
            raise ValidationError({"timezone": error.reason}) from error
        try:
            due = self.times.next_after(datetime.now(UTC))
        except BadRow:
            due = None
        if due is None:
            raise ValidationError({"day_of_month": NEVER})

    @property
    def zone(self) -> tzinfo:
        """The time zone it runs in. Raises BadRow for one that is not known here."""
        try:
            return ZoneInfo(self.timezone) if self.timezone else current_app.timezone
        except (ValueError, OSError, ZoneInfoNotFoundError) as error:
            reason = f"{self.timezone!r} is no time zone: give a name such as Europe/Berlin"
            raise BadRow(self._meta.db_table, self.pk, reason) from error

    @property
    def times(self) -> CrontabTimes:
        """When it is due. Raises BadRow for a row that Celery refuses."""
        try:
            return crontab_times(*self._fields(), self.zone)
        except (ParseException, ValueError) as error:
            raise self._bad(error) from error

    def _fields(self) -> tuple[str, str, str, str, str]:
        """In the order of Celery's crontab."""
        return (
            self.minute,
            self.hour,
            self.day_of_week,
            self.day_of_month,
            self.month_of_year,
        )

    def _bad(self, error: Exception) -> BadRow:
        return BadRow(self._meta.db_table, self.pk, f"{self}: {error}")

    @property
    def schedule(self) -> crontab:
        """The schedule as Celery knows it. Raises BadRow for a row that Celery refuses."""
        try:
            known: Any = crontab(*self._fields())
        except (ParseException, ValueError) as error:
            raise self._bad(error) from error
        if self.timezone:
            known.tz = self.zone
        return cast("crontab", known)

    @classmethod
    def from_schedule(cls, source: crontab) -> Self:
        """The row of ``source``, made if there is none; with its time zone if it has its own."""
        columns = {field: written(getattr(source, f"_orig_{field}")) for field in FIELDS}
        return get_or_create_row(cls, **columns, timezone=str(vars(source).get("tz", "")))


def written(value: object) -> str:
    """A field of a crontab as text that ``crontab`` reads again: ``{5, 1}`` becomes ``1,5``."""
    if isinstance(value, set | frozenset | list | tuple | range):
        return ",".join(str(part) for part in sorted(value, key=str))
    return str(value)
