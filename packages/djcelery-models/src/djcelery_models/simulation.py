"""What a schedule runs between two moments, on a clock that nobody waits for."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import merge
from operator import attrgetter
from typing import TYPE_CHECKING

from .misfire import Misfire, made_up
from .nextrun import Within

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime, timedelta

    from .nextrun import Times


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """An entry, as far as its runs follow from it."""

    name: str
    times: Times
    start_time: datetime | None = None
    expires: datetime | None = None
    misfire: str = Misfire.RUN_ONCE
    grace: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run that is sent: when it was due, and when beat could send it."""

    name: str
    due: datetime
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """No beat looks from ``start`` until before ``end``."""

    start: datetime
    end: datetime


def simulate(
    entries: Iterable[Planned],
    start: datetime,
    end: datetime,
    *,
    outages: Collection[Outage] = (),
) -> Iterator[Run]:
    """Every run that is sent after ``start`` and not after ``end``, in the order of sending."""
    return merge(
        *(_runs(entry, start, end, outages) for entry in entries),
        key=attrgetter("sent_at", "due", "name"),
    )


def _runs(
    entry: Planned, start: datetime, end: datetime, outages: Collection[Outage]
) -> Iterator[Run]:
    times = Within(times=entry.times, start_time=entry.start_time, expires=entry.expires)
    due = times.next_after(start)
    while due is not None and (looked_at := _seen_at(due, outages)) <= end:
        if entry.expires is not None and entry.expires <= looked_at:
            return
        found = made_up(times, due, looked_at, misfire=entry.misfire, grace=entry.grace)
        for run in found.runs:
            yield Run(name=entry.name, due=run, sent_at=looked_at)
        due = found.next_due


def _seen_at(due: datetime, outages: Collection[Outage]) -> datetime:
    """When a beat sees what is due at ``due``."""
    ends = [outage.end for outage in outages if outage.start <= due < outage.end]
    return _seen_at(max(ends), outages) if ends else due
