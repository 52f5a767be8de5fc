"""The times of a crontab in its zone; knows neither the database nor the clock.

A crontab without ``*`` in minute and hour, and without a range in hour, names fixed times: one that
clocks skip counts at the first instant after the gap, one that they show twice counts once. All
others follow real time, as in Debian's cron. Day of month and day of week must both match, as in
Celery.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from celery.schedules import crontab

from .zonedays import DAY, MINUTE, spans

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

YEARS: Final = 40
"""How far ahead to look: 29 February on a certain day of the week may be so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrontabTimes:
    """A crontab, parsed; minutes and hours ascend, Sunday is day 0 of a week."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days_of_week: frozenset[int]
    days_of_month: frozenset[int]
    months: frozenset[int]
    zone: tzinfo
    is_fixed: bool

    def next_after(self, after: datetime) -> datetime | None:
        """The first due instant after ``after``, in UTC; None: there is none in 40 years."""
        today = after.astimezone(self.zone).date()
        for day in self._days(today - DAY):
            due = self._first_of(day, after)
            if due is not None and len(spans(self.zone, day)) > 1:
                # if clocks go back at midnight, what is due the next day may come first
                return min(due, self._first_of(day + DAY, after) or due)
            if due is not None:
                return due
        return None

    def count(self, after: datetime, until: datetime) -> int:
        """How many instants are due after ``after`` and not after ``until``."""
        number, counted = 0, after
        a_day = len(self.hours) * len(self.minutes)
        day = after.astimezone(self.zone).date()
        while (start := self._regular_start(day)) is None or start + DAY <= until:
            if start is not None and start > counted:
                number += self._count_one_by_one(counted, start - datetime.resolution)
                number += a_day if self._matches(day) else 0
                counted = start + DAY - datetime.resolution
            elif start is None and day > until.astimezone(self.zone).date():
                break
            day += DAY
        return number + self._count_one_by_one(counted, until)

    def _regular_start(self, day: date) -> datetime | None:
        """When ``day`` begins, unless its clocks change or changed the day before."""
        is_regular = len(spans(self.zone, day)) == len(spans(self.zone, day - DAY)) == 1
        return spans(self.zone, day)[0].origin if is_regular else None

    def _count_one_by_one(self, after: datetime, until: datetime) -> int:
        number = 0
        while (due := self.next_after(after) if after < until else None) and due <= until:
            number, after = number + 1, due
        return number

    def names(self, local: datetime) -> bool:
        """Whether a clock that shows ``local`` shows a time that is named, to the minute."""
        return (
            local.minute in self.minutes
            and local.hour in self.hours
            and self._matches(local.date())
        )

    def _days(self, first: date) -> Iterator[date]:
        """The days from ``first`` on that match."""
        last = date(min(first.year + YEARS, date.max.year), 12, 1)
        day = first
        while day < last:
            if day.month not in self.months:
                day = _next_month(day)
                continue
            if self._matches(day):
                yield day
            day += DAY

    def _matches(self, day: date) -> bool:
        return (
            day.day in self.days_of_month
            and day.isoweekday() % 7 in self.days_of_week
            and day.month in self.months
        )

    def _first_of(self, day: date, after: datetime) -> datetime | None:
        """The first due instant after ``after`` that ``day`` brings, if it matches and has one."""
        if not self._matches(day):
            return None
        shown = 0
        for span in spans(self.zone, day):
            first = span.first
            if self.is_fixed:
                if span.begin > after and self._names_any(span.skipped, span.first):
                    return span.begin
                first = max(first, shown)
            minute = self._minute_after(max((after - span.origin) // MINUTE, first - 1))
            if minute is not None and minute < span.last:
                return span.origin + minute * MINUTE
            shown = span.last
        return None

    def _names_any(self, first: int, last: int) -> bool:
        """Whether a minute of the day is named, from ``first`` until before ``last``."""
        minute = self._minute_after(first - 1)
        return minute is not None and minute < last

    def _minute_after(self, passed: int) -> int | None:
        """The first minute of a day that is named and comes after the minute ``passed``."""
        if passed < 0:
            return 60 * self.hours[0] + self.minutes[0]
        hour, minute = divmod(passed, 60)
        if hour in self.hours:
            place = bisect_right(self.minutes, minute)
            if place < len(self.minutes):
                return 60 * hour + self.minutes[place]
        place = bisect_right(self.hours, hour)
        if place < len(self.hours):
            return 60 * self.hours[place] + self.minutes[0]
        return None


@lru_cache(maxsize=512)
def crontab_times(  # noqa: PLR0913, PLR0917  # the fields of a row, in Celery's order
    minute: str,
    hour: str,
    day_of_week: str,
    day_of_month: str,
    month_of_year: str,
    zone: tzinfo,
) -> CrontabTimes:
    """What the fields name. Raises ValueError, or Celery's ParseException, for what is wrong."""
    parsed: Any = crontab(minute, hour, day_of_week, day_of_month, month_of_year)
    return CrontabTimes(
        minutes=tuple(sorted(parsed.minute)),
        hours=tuple(sorted(parsed.hour)),
        days_of_week=frozenset(parsed.day_of_week),
        days_of_month=frozenset(parsed.day_of_month),
        months=frozenset(parsed.month_of_year),
        zone=zone,
        is_fixed="*" not in minute + hour and "-" not in hour,
    )


def _next_month(day: date) -> date:
    year, month = divmod(12 * day.year + day.month, 12)
    return date(year, month + 1, 1)
