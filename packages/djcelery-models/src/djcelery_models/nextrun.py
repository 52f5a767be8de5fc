"""When an entry is due next; knows neither the database nor the clock."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from .clockedtime import ClockedTime
from .crontabtimes import CrontabTimes
from .intervaltimes import IntervalTimes
from .solartimes import SolarTimes

if TYPE_CHECKING:
    from collections.abc import Iterator

Times: TypeAlias = IntervalTimes | CrontabTimes | SolarTimes | ClockedTime


def next_due(
    times: Times,
    after: datetime,
    *,
    start_time: datetime | None = None,
    expires: datetime | None = None,
) -> datetime | None:
    """The first due instant after ``after``, in UTC; None: there is none any more.

    start_time: the first that may be one. expires: the first that is too late.
    """
    if start_time is not None:
        after = max(after, start_time - datetime.resolution)
    due = times.next_after(after)
    return None if due is None or (expires is not None and due >= expires) else due


def dues(
    times: Times,
    after: datetime,
    until: datetime,
    *,
    start_time: datetime | None = None,
    expires: datetime | None = None,
) -> Iterator[datetime]:
    """Every due instant after ``after`` and not after ``until``."""
    due = next_due(times, after, start_time=start_time, expires=expires)
    while due is not None and due <= until:
        yield due
        due = next_due(times, due, start_time=start_time, expires=expires)


def latest_due(
    times: Times,
    after: datetime,
    until: datetime,
    *,
    start_time: datetime | None = None,
    expires: datetime | None = None,
) -> datetime | None:
    """The last due instant after ``after`` and not after ``until``, found by halving the time."""
    found, no_later = None, until
    due = next_due(times, after, start_time=start_time, expires=expires)
    while due is not None and due <= until:
        found = due
        middle = found + (no_later - found) / 2
        later = next_due(times, middle, start_time=start_time, expires=expires)
        if later is not None and later <= until:
            due = later
        else:
            no_later = middle
            due = next_due(times, found, start_time=start_time, expires=expires)
    return found
