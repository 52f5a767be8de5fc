"""The next runs of an entry, and what changes of the clocks make of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .clockchange import ClockChange, clock_change
from .crontabtimes import CrontabTimes
from .planning import times_of

if TYPE_CHECKING:
    from .periodictask import PeriodicTask


@dataclass(frozen=True, slots=True, kw_only=True)
class NextRun:
    """A run to come, in UTC; ``clock_change`` says what moved or doubled its time, if anything."""

    due: datetime
    clock_change: ClockChange | None = None


def preview(entry: PeriodicTask, n: int, *, now: datetime | None = None) -> list[NextRun]:
    """The next ``n`` runs after ``now``, less if there are no more.

    As if the entry were enabled and not paused; jitter is not counted. now: aware, by default the
    present. Raises BadRow for an entry whose schedule cannot be used.
    """
    after = now or datetime.now(UTC)
    within = times_of(entry, after)
    runs: list[NextRun] = []
    while len(runs) < n and (due := within.next_after(after)) is not None:
        times = within.times
        change = clock_change(times, due) if isinstance(times, CrontabTimes) else None
        runs.append(NextRun(due=due, clock_change=change))
        after = due
    return runs
