"""What clocks show minute by minute, as ``zoneinfo`` has it, and when they change."""

from __future__ import annotations

from bisect import bisect_left
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)


class Shown(NamedTuple):
    """A minute that clocks show at ``moment``, or leave out then; its numbers are cron's."""

    moment: datetime
    minute: int
    hour: int
    day_of_week: int
    day_of_month: int
    month: int
    is_again: bool
    is_left_out: bool


def shown(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Shown]:
    """Each minute after ``start`` and not after ``end``, which are whole minutes in UTC.

    Looks from a day before, for what clocks have shown already.
    """
    moment, latest = start - DAY, clock(zone, start - DAY)
    while moment < end:
        moment += MINUTE
        local = clock(zone, moment)
        is_again = local <= latest
        while latest + MINUTE < local:
            latest += MINUTE
            if moment > start:
                yield _shown(moment, latest, is_left_out=True)
        if moment > start:
            yield _shown(moment, local, is_again=is_again)
        latest = max(latest, local)


def clock(zone: ZoneInfo, moment: datetime) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _shown(
    moment: datetime, local: datetime, *, is_again: bool = False, is_left_out: bool = False
) -> Shown:
    return Shown(
        moment,
        local.minute,
        local.hour,
        local.isoweekday() % 7,
        local.day,
        local.month,
        is_again,
        is_left_out,
    )


def changes_of_zones(
    names: Collection[str], start: datetime, end: datetime
) -> dict[ZoneInfo, list[datetime]]:
    """When clocks change in that time; of zones in which they show the same, the first."""
    alike: dict[object, tuple[ZoneInfo, list[datetime]]] = {}
    for zone in map(ZoneInfo, sorted(names)):
        found = list(_changes(zone, start, end))
        alike.setdefault((_offset(zone, start), *found), (zone, [moment for moment, _ in found]))
    return dict(alike.values())


def _changes(
    zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[tuple[datetime, timedelta | None]]:
    """The instants from which clocks differ from UTC by another time, and that time.

    One at the most a day: no zone has more.
    """
    day, before = start, _offset(zone, start)
    while day < end:
        after = _offset(zone, day + DAY)
        if after != before:
            yield day + MINUTE * _minutes_until(zone, day, after), after
        day, before = day + DAY, after


def _minutes_until(zone: ZoneInfo, day: datetime, offset: timedelta | None) -> int:
    def is_changed(passed: int) -> bool:
        return _offset(zone, day + passed * MINUTE) == offset

    return bisect_left(range(DAY // MINUTE), x=True, key=is_changed)


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()
