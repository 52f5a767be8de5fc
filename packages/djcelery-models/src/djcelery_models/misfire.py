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
    """What is to run now, in the order of time; what is not; and what is due after all of them."""

    runs: tuple[datetime, ...]
    missed: tuple[Missed, ...]
    next_due: datetime | None


def made_up(
    times: Times,
    first: datetime,
    until: datetime,
    *,
    misfire: str = Misfire.RUN_ONCE,
    grace: timedelta | None = None,
) -> MadeUp:
    """Divide what is due from ``first``, which is due itself, until ``until``, which is now.

    grace: how late a run may be; None: as long as ``GRACE`` says. Of those that are not later the
    first one runs: whoever has to decide again, after a crash, comes to the same. With RUN_ALL each
    does, the last ``MOST_RUNS`` at most.
    """
    earliest = _earlier(until, GRACE[misfire] if grace is None else grace)
    following = times.next_after(first)
    if following is None or following > until:
        if first >= earliest:
            return MadeUp(runs=(first,), missed=(), next_due=following)
        missed = (Missed(first=first, last=first, count=1),)
        return MadeUp(runs=(), missed=missed, next_due=following)
    before = first - datetime.resolution
    last = latest_due(times, before, until) or first
    if misfire == Misfire.RUN_ALL:
        start = _start_of_last(times, max(first, earliest) - datetime.resolution, last)
        runs = tuple(dues(times, start, last))
    else:
        once = first if first >= earliest else times.next_after(earliest - datetime.resolution)
        runs = (once,) if once is not None and once <= last else ()
    spans = (
        [(before, runs[0] - datetime.resolution), (runs[-1], last)] if runs else [(before, last)]
    )
    found = (_missed(times, after, end) for after, end in spans)
    return MadeUp(
        runs=runs,
        missed=tuple(span for span in found if span is not None),
        next_due=times.next_after(until),
    )


def _missed(times: Times, after: datetime, until: datetime) -> Missed | None:
    first, last = times.next_after(after), latest_due(times, after, until)
    if first is None or last is None:
        return None
    return Missed(first=first, last=last, count=times.count(after, until))


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
