"""When beat has to look at an entry; knows neither the database nor the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha1, sha256
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

from django.utils import timezone

from .errors import BadRow
from .intervalschedule import IntervalSchedule
from .intervaltimes import IntervalTimes
from .nextrun import Within

if TYPE_CHECKING:
    from collections.abc import Hashable

    from .nextrun import Times
    from .periodictask import PeriodicTask

EARLIEST: Final = datetime.min.replace(tzinfo=UTC)


def plan(entry: PeriodicTask, now: datetime) -> None:
    """Set the next run of ``entry``, and when beat has to look at it, as of ``now``.

    What was planned stays while the schedule is the one it was planned by, however late it is; a
    new schedule counts from now on. A due time that was sent is never planned again. An entry
    whose schedule is broken, or is never due again, has no next run: beat looks at once, to disable
    it and to say why.
    """
    entry.uid = entry.uid or uuid4()
    if not entry.enabled:
        entry.next_run_at = entry.check_at = entry.planned_by = None
        return
    try:
        plan_enabled(entry, now)
    except BadRow:
        entry.next_run_at, entry.check_at, entry.planned_by = None, now, None


def plan_enabled(entry: PeriodicTask, now: datetime) -> Within:
    """``plan`` for an entry that is enabled and has a ``uid``; gives its times. Raises BadRow."""
    times = times_of(entry, now)
    planned_by = digest_of(times)
    if entry.planned_by != planned_by:
        entry.next_run_at = None  # an interval does not count from what another one had planned
        times = times_of(entry, now)
        entry.next_run_at = times.next_after(_planned_from(entry, now))
        entry.planned_by = planned_by
    entry.check_at = checked_at(entry) or now
    return times


def plan_new(entry: PeriodicTask, now: datetime) -> None:
    """``plan`` an entry that is to be inserted; a copy of another has nothing planned of that.

    Its ``uid`` is its own too, for from that follow the ids of its tasks.
    """
    entry.uid = entry.next_run_at = entry.planned_by = None
    plan(entry, now)


def checked_at(entry: PeriodicTask) -> datetime | None:
    """When the next run is sent: it is put off by its share of ``jitter_seconds``."""
    if entry.next_run_at is None:
        return None
    due: datetime = entry.next_run_at
    return due + jitter(entry, due)


def jitter(entry: PeriodicTask, due: datetime) -> timedelta:
    """By how much the run that is due at ``due`` is put off; the same whenever it is asked.

    Always less than the time until the run after it, so that none overtakes another.
    """
    if not entry.jitter_seconds or entry.uid is None:
        return timedelta()
    digest = sha256(entry.uid.bytes + due.astimezone(UTC).isoformat().encode()).digest()
    share = int.from_bytes(digest[:8]) / 2**64
    longest = timedelta(seconds=entry.jitter_seconds)
    after = times_of(entry, due).next_after(due)
    return share * (longest if after is None else min(longest, after - due))


def task_id(entry: PeriodicTask, due: datetime) -> str:
    """The id of the task that ``entry`` sends for ``due``: the same for whoever sends it again.

    That is ``uuid5(entry.uid, due)``, with ``due`` in UTC as ISO 8601 has it. entry: planned, so
    that it has a ``uid``.
    """
    uid: UUID = entry.uid  # type: ignore[assignment]  # planned
    name = due.astimezone(UTC).isoformat().encode()
    digest = sha1(uid.bytes + name, usedforsecurity=False).digest()
    return str(UUID(bytes=digest[:16], version=5))


def times_of(entry: PeriodicTask, now: datetime) -> Within:
    """All that ``entry`` is due at. Raises BadRow if it has no schedule, or more than one.

    An interval counts from the start time; without one from what is planned, else from the last
    due time, else from ``now``.
    """
    schedule = entry.one_schedule
    if isinstance(schedule, IntervalSchedule):
        times: Times = schedule.times(
            entry.start_time or entry.next_run_at or entry.last_due_at or now
        )
    else:
        times = schedule.times
    return Within(times=times, start_time=entry.start_time, expires=aware(entry.expires))


def digest_of(within: Within) -> str:
    """What the next run follows from, in few characters, to notice when it is another."""
    times = within.times
    shown: Hashable = times.every if isinstance(times, IntervalTimes) else times  # type: ignore[assignment]  # frozen
    start_time = within.start_time and within.start_time.astimezone(UTC)
    return _digest(type(times).__name__, shown, start_time)


@lru_cache(maxsize=1_024)
def _digest(kind: str, shown: object, start_time: datetime | None) -> str:
    return sha256(f"{kind} {shown} from {start_time}".encode()).hexdigest()


def aware(moment: datetime | None) -> datetime | None:
    """``moment`` in UTC; where ``USE_TZ`` is off the site's own columns hold local time."""
    if moment is None:
        return None
    return (timezone.make_aware(moment) if timezone.is_naive(moment) else moment).astimezone(UTC)


def _planned_from(entry: PeriodicTask, now: datetime) -> datetime:
    """The moment after which runs count: a single moment counts until it was passed on."""
    if entry.clocked is not None:
        return entry.last_due_at or EARLIEST
    return now if entry.last_due_at is None else max(now, entry.last_due_at)
