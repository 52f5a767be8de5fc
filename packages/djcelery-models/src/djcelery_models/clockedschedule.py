"""Schedules that come once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from .clockedtime import ClockedTime
from .schedulerow import ScheduleManager, ScheduleRow, get_or_create_row
from .utcdatetime import UTCDateTimeField

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Self


class ClockedSchedule(ScheduleRow):
    """One moment."""

    clocked_time = UTCDateTimeField(_("moment"))

    objects = ScheduleManager()

    class Meta:
        app_label = "djcelery"
        verbose_name = _("moment")
        verbose_name_plural = _("moments")
        ordering = ("clocked_time",)

    def __str__(self) -> str:
        return str(self.clocked_time)

    @property
    def times(self) -> ClockedTime:
        """When it is due."""
        return ClockedTime(moment=self.clocked_time)

    @classmethod
    def from_schedule(cls, source: datetime) -> Self:
        """The row of the moment ``source``, which is aware, made if there is none."""
        return get_or_create_row(cls, clocked_time=source)
