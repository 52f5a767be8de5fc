"""Schedules that repeat after a fixed time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from celery import schedules
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .errors import BadRow
from .intervaltimes import IntervalTimes
from .schedulerow import ScheduleManager, ScheduleRow, get_or_create_row
from .states import PERIOD_CHOICES

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Self

SINGULAR = {
    "days": _("every day"),
    "hours": _("every hour"),
    "minutes": _("every minute"),
    "seconds": _("every second"),
    "microseconds": _("every microsecond"),
}
PLURAL = {
    "days": _("every %(every)d days"),
    "hours": _("every %(every)d hours"),
    "minutes": _("every %(every)d minutes"),
    "seconds": _("every %(every)d seconds"),
    "microseconds": _("every %(every)d microseconds"),
}


class IntervalSchedule(ScheduleRow):
    """Every so many days, hours, minutes, seconds or microseconds."""

    every = models.IntegerField(_("every"), validators=[MinValueValidator(1)])
    period = models.CharField(_("period"), max_length=24, choices=PERIOD_CHOICES)

    objects = ScheduleManager()

    class Meta:
        app_label = "djcelery"
        verbose_name = _("interval")
        verbose_name_plural = _("intervals")
        ordering = ("period", "every")

    def __str__(self) -> str:
        texts = SINGULAR if self.every == 1 else PLURAL
        return str(texts.get(self.period, gettext("every %(every)d %(period)s"))) % {
            "every": self.every,
            "period": self.period,
        }

    def clean(self) -> None:
        """Refuse what is longer than time itself."""
        super().clean()
        try:
            timedelta(**{self.period: self.every} if self.period in PLURAL and self.every else {})
        except OverflowError as error:
            raise ValidationError({"every": _("Give a shorter interval.")}) from error

    @property
    def schedule(self) -> schedules.schedule:
        """The schedule as Celery knows it. Raises BadRow for a row that is none."""
        return schedules.schedule(self._length())

    def times(self, anchor: datetime) -> IntervalTimes:
        """When it is due, counted from ``anchor``. Raises BadRow for a row that is no schedule."""
        every = self._length()
        if every <= timedelta():
            raise BadRow(self._meta.db_table, self.pk, f"{self}: give an interval above zero")
        return IntervalTimes(every=every, anchor=anchor)

    def _length(self) -> timedelta:
        if self.period not in PLURAL:
            raise BadRow(self._meta.db_table, self.pk, f"{self.period!r} is no period")
        try:
            return timedelta(**{self.period: self.every})
        except OverflowError as error:
            raise BadRow(self._meta.db_table, self.pk, f"{self}: {error}") from error

    @classmethod
    def from_schedule(cls, source: schedules.schedule | timedelta | float) -> Self:
        """The row of ``source``, made if there is none: in seconds, or microseconds if it must be.

        source: a schedule of Celery, or how long to wait (a number counts seconds); a negative
        time counts as none.
        """
        known = source if isinstance(source, schedules.schedule) else schedules.schedule(source)
        wait: timedelta = max(known.run_every, timedelta())  # type: ignore[attr-defined]  # absent from celery-types 0.26
        if wait.microseconds:
            return get_or_create_row(
                cls, every=wait // timedelta(microseconds=1), period="microseconds"
            )
        return get_or_create_row(cls, every=wait // timedelta(seconds=1), period="seconds")
