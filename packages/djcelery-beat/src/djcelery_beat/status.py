"""How beat is doing, as the database tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from djcelery_models.models import PeriodicTask

from .heartbeat import DRIFT, living

if TYPE_CHECKING:
    from djcelery_models.models import BeatProcess

__all__ = ["BeatStatus", "LateEntry", "beats", "late_entries"]

GRACE: Final = timedelta(seconds=60)
"""How late an entry without a grace of its own may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatStatus:
    """A beat that lives, and how long ago it said so."""

    row: BeatProcess
    ago: timedelta

    def __str__(self) -> str:
        drift = timedelta(seconds=self.row.clock_drift_seconds)
        told = (
            f"{self.row.hostname}, process {self.row.pid}, djcelery-beat {self.row.version}: "
            f"looked {self.ago.total_seconds():.0f} s ago, {self.row.sent} runs sent since "
            f"{self.row.started_at:%Y-%m-%d %H:%M:%S} UTC"
        )
        if abs(drift) > DRIFT:
            told += f"; its clock is {drift.total_seconds():+.1f} s off the database's"
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class LateEntry:
    """An entry that beat should have looked at longer ago than it may be late."""

    name: str
    check_at: datetime
    late: timedelta

    def __str__(self) -> str:
        return (
            f"{self.name} is late by {self.late.total_seconds():.0f} s: "
            f"due at {self.check_at:%Y-%m-%d %H:%M:%S} UTC"
        )


def beats(using: str, now: datetime) -> list[BeatStatus]:
    """The beats that live."""
    rows = living(using, now).order_by("hostname", "pid")
    return [BeatStatus(row=row, ago=now - row.last_tick_at) for row in rows]


def late_entries(using: str, now: datetime, *, most: int) -> list[LateEntry]:
    """At most ``most`` entries that are late beyond their grace, the latest first."""
    late: list[LateEntry] = []
    rows = PeriodicTask.objects.using(using).filter(enabled=True, check_at__lt=now)
    columns = rows.order_by("check_at").values_list("name", "check_at", "misfire_grace_seconds")
    found: Any = columns.iterator(chunk_size=1_000)
    for name, check_at, grace in found:
        allowed = GRACE if grace is None else timedelta(seconds=grace)
        if now - check_at > allowed:
            late.append(LateEntry(name=name, check_at=check_at, late=now - check_at))
        if len(late) == most:
            break
    return late
