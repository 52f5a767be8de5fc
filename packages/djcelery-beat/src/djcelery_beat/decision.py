"""What becomes of an entry that beat looks at; knows neither the database nor the broker."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from djcelery_models.errors import BadRow
from djcelery_models.misfire import made_up
from djcelery_models.models import Outcome
from djcelery_models.nextrun import latest_due
from djcelery_models.planning import aware, jitter, plan_enabled

if TYPE_CHECKING:
    from djcelery_models.models import PeriodicTask
    from djcelery_models.nextrun import Times


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Due times that are passed over for one reason: how many, and the first and last of them."""

    first: datetime
    last: datetime
    count: int
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be done for an entry, which was planned.

    runs: the due times to send, in order; passed_over: those that are not to be sent; next_run_at:
    what is due after all of them; disabled: why the entry cannot go on.
    """

    runs: tuple[datetime, ...] = ()
    next_run_at: datetime | None = None
    passed_over: tuple[Span, ...] = ()
    disabled: str = ""


def decide(entry: PeriodicTask, now: datetime) -> Decision:
    """Plan ``entry``, which is enabled, as of ``now``, and say what is to be sent.

    Whatever SQL has put into the row, the others must go on: an entry that cannot be decided on is
    disabled with the reason.
    """
    try:
        return _decide(entry, now)
    except BadRow as error:
        return _broken(entry, now, error.reason)
    except Exception as error:  # noqa: BLE001  # said above
        return _broken(entry, now, f"it cannot be planned: {type(error).__name__}: {error}")


def _decide(entry: PeriodicTask, now: datetime) -> Decision:
    entry.uid = entry.uid or uuid4()
    times = plan_enabled(entry, now)
    for _decoded in (entry.decoded_args, entry.decoded_kwargs, entry.decoded_headers):
        pass
    if entry.next_run_at is None:
        return _broken(entry, now, why_never(entry))
    if entry.check_at is not None and entry.check_at > now:
        return Decision(next_run_at=entry.next_run_at)
    return _due(entry, times, now)


def _due(entry: PeriodicTask, times: Times, now: datetime) -> Decision:
    first: datetime = entry.next_run_at
    until = max(first, now - jitter(entry, first))
    expires = aware(entry.expires)
    if entry.paused_at is not None:
        return _all_passed_over(times, first, until, Outcome.PAUSED, f"paused at {entry.paused_at}")
    if expires is not None and expires <= now:
        return _all_passed_over(times, first, until, Outcome.EXPIRED, f"expired at {expires}")
    found = made_up(times, first, until, misfire=entry.misfire, grace=_grace(entry))
    late = (now - first).total_seconds()
    reason = f"looked at {late:.1f} s after the first was due; misfire is {entry.misfire}"
    spans = tuple(
        Span(
            first=missed.first,
            last=missed.last,
            count=missed.count,
            outcome=Outcome.MISFIRE,
            reason=reason,
        )
        for missed in found.missed
    )
    return Decision(runs=found.runs, next_run_at=found.next_due, passed_over=spans)


def _all_passed_over(
    times: Times, first: datetime, until: datetime, outcome: Outcome, reason: str
) -> Decision:
    before = first - datetime.resolution
    span = Span(
        first=first,
        last=latest_due(times, before, until) or first,
        count=times.count(before, until),
        outcome=outcome,
        reason=reason,
    )
    return Decision(next_run_at=times.next_after(until), passed_over=(span,))


def _broken(entry: PeriodicTask, now: datetime, reason: str) -> Decision:
    due = entry.next_run_at or now
    has_expired = False
    with suppress(OverflowError):  # a moment at the end of time
        expires = aware(entry.expires)
        has_expired = expires is not None and expires <= now
    outcome = Outcome.EXPIRED if has_expired else Outcome.BROKEN
    span = Span(first=due, last=due, count=1, outcome=outcome, reason=reason)
    return Decision(passed_over=(span,), disabled=reason)


def why_never(entry: PeriodicTask) -> str:
    """Why ``entry`` has no next run."""
    expires = aware(entry.expires)
    if expires is not None and entry.start_time is not None and entry.start_time >= expires:
        return f"it starts at {entry.start_time}, when it has expired: at {expires}"
    if expires is not None:
        return f"it expires before its next run: at {expires}"
    if entry.clocked is not None:
        return f"its moment has passed: {entry.clocked}"
    return f"its schedule is not due any more: {entry.one_schedule}"


def _grace(entry: PeriodicTask) -> timedelta | None:
    seconds = entry.misfire_grace_seconds
    return None if seconds is None else timedelta(seconds=seconds)
