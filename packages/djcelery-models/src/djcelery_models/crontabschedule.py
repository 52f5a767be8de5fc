"""Schedules in the manner of cron."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery.schedules import ParseException, crontab
from django.db import models
from django.utils.translation import gettext_lazy as _

from .errors import BadRow
from .querysets import ExtendedManager
from .schedulerow import get_or_create_row

if TYPE_CHECKING:
    from typing import Self

FIELDS = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year")


class CrontabSchedule(models.Model):
    """The minutes, hours and days at which to run, each as cron writes it."""

    id = models.AutoField(primary_key=True)
    minute = models.CharField(_("minute"), max_length=64, default="*")
    hour = models.CharField(_("hour"), max_length=64, default="*")
    day_of_week = models.CharField(_("day of week"), max_length=64, default="*")
    day_of_month = models.CharField(_("day of month"), max_length=64, default="*")
    month_of_year = models.CharField(_("month of year"), max_length=64, default="*")

    objects = ExtendedManager()

    class Meta:
        app_label = "djcelery"
        verbose_name = _("crontab")
        verbose_name_plural = _("crontabs")
        ordering = ("month_of_year", "day_of_month", "day_of_week", "hour", "minute")

    def __str__(self) -> str:
        shown = [str(getattr(self, field)).replace(" ", "") or "*" for field in FIELDS]
        return f"{' '.join(shown)} (m/h/d/dM/MY)"

    @property
    def schedule(self) -> crontab:
        """The schedule as Celery knows it. Raises BadRow for a row that Celery refuses."""
        try:
            return crontab(**{field: getattr(self, field) for field in FIELDS})
        except (ParseException, ValueError) as error:
            raise BadRow(self._meta.db_table, self.pk, f"{self}: {error}") from error

    @classmethod
    def from_schedule(cls, source: crontab) -> Self:
        """The row of ``source``, made if there is none."""
        columns = {field: written(getattr(source, f"_orig_{field}")) for field in FIELDS}
        return get_or_create_row(cls, **columns)


def written(value: object) -> str:
    """A field of a crontab as text that ``crontab`` reads again: ``{5, 1}`` becomes ``1,5``."""
    if isinstance(value, set | frozenset | list | tuple | range):
        return ",".join(str(part) for part in sorted(value, key=str))
    return str(value)
