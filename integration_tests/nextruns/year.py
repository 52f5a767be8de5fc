"""Entries through a stretch of time, as djcelery_models simulates them, and by the clocks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from djcelery_models.intervaltimes import IntervalTimes
from djcelery_models.simulation import Planned, simulate

from .clocks import shown
from .crontabs import Crontab, choose_crontab

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from datetime import datetime
    from zoneinfo import ZoneInfo


STRETCH: Final = timedelta(days=28)
SECONDS: Final = (60, 200_000)
"""The shortest and the longest interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """``anchor``, and every so long after it."""

    every: timedelta
    anchor: datetime

    def times(self, _zone: ZoneInfo) -> IntervalTimes:
        """What is compared."""
        return IntervalTimes(every=self.every, anchor=self.anchor)

    def due(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """One by one, after ``start`` and not after ``end``."""
        due = self.anchor
        while due <= end:
            if due > start:
                yield due
            due += self.every


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry; it runs from ``start_time`` on, and before ``expires``."""

    name: str
    zone: ZoneInfo
    schedule: Interval | Crontab
    start_time: datetime
    expires: datetime

    def planned(self) -> Planned:
        return Planned(
            name=self.name,
            times=self.schedule.times(self.zone),
            start_time=self.start_time,
            expires=self.expires,
        )

    def limited(self, dues: list[datetime]) -> list[datetime]:
        return [due for due in dues if self.start_time <= due < self.expires]


def choose_entries(
    zones: list[ZoneInfo], number: int, start: datetime, end: datetime, chooser: random.Random
) -> Iterator[Entry]:
    """So many, in the zones by turns; every fourth begins late, and every fourth ends early."""
    for index in range(number):
        zone = zones[index % len(zones)]
        schedule = choose_crontab(chooser) if chooser.random() < 0.5 else _interval(start, chooser)
        moment = start + chooser.random() * (end - start)
        limit = chooser.randrange(4)
        yield Entry(
            name=f"{index}, {zone}: {schedule}",
            zone=zone,
            schedule=schedule,
            start_time=moment if limit == 0 else start,
            expires=moment if limit == 1 else end + STRETCH,
        )


def _interval(start: datetime, chooser: random.Random) -> Interval:
    every = timedelta(seconds=chooser.randint(*SECONDS))
    return Interval(every=every, anchor=start + chooser.uniform(-2, 2) * every)


def due_by_the_simulator(
    entries: list[Entry], start: datetime, end: datetime
) -> dict[str, list[datetime]]:
    """What is sent for each entry; there is no outage, so each run must go when it is due."""
    found = defaultdict(list)
    before = start
    for run in simulate([entry.planned() for entry in entries], start, end):
        assert before <= run.sent_at == run.due, run
        before = run.sent_at
        found[run.name].append(run.due)
    return found


def due_by_the_clocks(
    entries: list[Entry], start: datetime, end: datetime
) -> dict[str, list[datetime]]:
    found: dict[str, list[datetime]] = defaultdict(list)
    crontabs = defaultdict(list)
    for entry in entries:
        if isinstance(entry.schedule, Interval):
            found[entry.name] += entry.limited(list(entry.schedule.due(start, end)))
        else:
            crontabs[entry.zone].append((entry, entry.schedule))
    for zone, of_zone in crontabs.items():
        since = start
        while since < end:
            until = min(since + STRETCH, end)
            minutes = list(shown(zone, since, until))
            for entry, crontab in of_zone:
                found[entry.name] += entry.limited(crontab.due(minutes))
            since = until
    return found
