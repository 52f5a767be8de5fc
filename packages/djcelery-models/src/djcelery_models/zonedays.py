"""The days of a time zone, and what a change of its clocks makes of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import tzinfo

DAY: Final = timedelta(days=1)
MINUTE: Final = timedelta(minutes=1)
SECOND: Final = timedelta(seconds=1)
MINUTES_A_DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The part of a day for which clocks differ from UTC by one offset.

    Minutes count from midnight as clocks show them: from ``first`` until before ``last``, each
    so long after ``origin``. Those from ``skipped`` until before ``first`` were never shown, for
    clocks went ahead when the span began, at ``begin``. Instants are in UTC.
    """

    origin: datetime
    begin: datetime
    skipped: int
    first: int
    last: int


@lru_cache(maxsize=4_096)
def spans(zone: tzinfo, day: date) -> tuple[Span, ...]:
    """The parts of ``day``, in the order of time: one, or two where clocks change."""
    midnight = datetime.combine(day, time())
    begin = min(_instants(zone, midnight))
    end = max(_instants(zone, midnight + DAY))
    before, after = _offset(zone, begin), _offset(zone, end)
    origin = midnight.replace(tzinfo=UTC) - before
    if before == after:
        return (Span(origin=origin, begin=origin, skipped=0, first=0, last=MINUTES_A_DAY),)
    change = _change(zone, begin, end)
    new_origin = midnight.replace(tzinfo=UTC) - after
    shown_until, shown_from = _minutes(change - origin), _minutes(change - new_origin)
    skipped = max(0, min(shown_until, shown_from))
    return (
        Span(origin=origin, begin=origin, skipped=0, first=0, last=shown_until),
        Span(
            origin=new_origin,
            begin=change,
            skipped=skipped,
            first=shown_from,
            last=MINUTES_A_DAY,
        ),
    )


def _instants(zone: tzinfo, local: datetime) -> list[datetime]:
    """The instants at which clocks show ``local``, or would if they had not changed."""
    return [local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]


def _offset(zone: tzinfo, moment: datetime) -> timedelta:
    local = moment.astimezone(zone)
    return local.replace(tzinfo=UTC) - moment


def _change(zone: tzinfo, earlier: datetime, later: datetime) -> datetime:
    """The second, after ``earlier``, from which clocks differ from UTC as they do at ``later``."""
    before = _offset(zone, earlier)
    while later - earlier > SECOND:
        middle = earlier + (later - earlier) // SECOND // 2 * SECOND
        if _offset(zone, middle) == before:
            earlier = middle
        else:
            later = middle
    return later


def _minutes(length: timedelta) -> int:
    """Whole minutes, rounded up."""
    return -(-length // MINUTE)
