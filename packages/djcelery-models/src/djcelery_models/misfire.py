"""Which runs of an entry are made up when beat looks late; knows neither database nor clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from .nextrun import dues, latest_due

if TYPE_CHECKING:
    from .nextrun import Times

MOST_RUNS: Final = 1_000


class Misfire(TextChoices):
    """What becomes of the runs that were missed."""

    RUN_ONCE = "run_once", _("run once for all that were missed")
    SKIP = "skip", _("skip what was missed")
    RUN_ALL = "run_all", _("run each that was missed")


GRACE: Final[dict[str, timedelta]] = {
    Misfire.RUN_ONCE: timedelta.max,
    Misfire.SKIP: timedelta(seconds=60),
    Misfire.RUN_ALL: timedelta(seconds=3_600),
}
"""How late a run may be unless the entry says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """Due instants that are passed over: how many, and the first and the last of them."""

    first: datetime
    last: datetime
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUp:
    """What is to run now, in the order of time, and what is not."""

    runs: tuple[datetime, ...]
    missed: Missed | None


def made_up(
    times: Times,
    first: datetime,
    until: datetime,
    *,
    misfire: str = Misfire.RUN_ONCE,
    grace: timedelta | None = None,
) -> MadeUp:
    """Divide what is due from ``first``, which is due itself, until ``until``, which is now.

    grace: how late a run may be; None: as long as ``GRACE`` says. Of all that were missed the
    last one runs; with RUN_ALL each does, the last ``MOST_RUNS`` at most.
    """
    before = first - datetime.resolution
    last = latest_due(times, before, until) or first
    earliest = _earlier(until, GRACE[misfire] if grace is None else grace)
    if last < earliest:
        runs: tuple[datetime, ...] = ()
    elif misfire == Misfire.RUN_ALL:
        start = _start_of_last(times, max(first, earliest) - datetime.resolution, last)
        runs = tuple(dues(times, start, last))
    else:
        runs = (last,)
    number = times.count(before, last) - len(runs)
    if not number:
        return MadeUp(runs=runs, missed=None)
    end = latest_due(times, before, runs[0] - datetime.resolution) if runs else last
    return MadeUp(runs=runs, missed=Missed(first=first, last=end or first, count=number))


def _earlier(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment - by
    except OverflowError:
        return datetime.min.replace(tzinfo=moment.tzinfo)


def _start_of_last(times: Times, start: datetime, last: datetime) -> datetime:
    """``start``, or a moment after which no more than ``MOST_RUNS`` are due until ``last``."""
    enough = last
    while times.count(start, last) > MOST_RUNS:
        middle = start + (enough - start) / 2
        if times.count(middle, last) >= MOST_RUNS:
            start = middle
        else:
            enough = middle
    return start
