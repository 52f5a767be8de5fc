"""What a beat says of itself, so that others know that it lives and what its code lists."""

from __future__ import annotations

import json
import os
import socket
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from djcelery_models.models import BeatProcess
from djcelery_models.upsert import upsert

from .__about__ import __version__

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from .clock import DatabaseClock

EVERY_SECONDS: Final = 10.0
LIVES: Final = timedelta(seconds=60)
FORGOTTEN: Final = timedelta(days=7)
DRIFT: Final = timedelta(seconds=2)


class Heartbeat:
    """The row of this beat."""

    def __init__(self, using: str, names: Collection[str]) -> None:
        self._using = using
        self._names = sorted(names)
        self._key = uuid4().hex
        self._written_at: float | None = None
        self._started_at: datetime | None = None
        self.sent = 0

    def is_due(self) -> bool:
        """Whether the row is to be written again."""
        written_at = self._written_at
        return written_at is None or time.monotonic() - written_at >= EVERY_SECONDS

    def write(self, clock: DatabaseClock) -> None:
        """Write the row."""
        now = clock.now()
        if self._started_at is None:
            self._started_at = now
        row = BeatProcess(
            key=self._key,
            hostname=socket.gethostname(),
            pid=os.getpid(),
            version=__version__,
            started_at=self._started_at,
            last_tick_at=now,
            sent=self.sent,
            clock_drift_seconds=round(clock.drift.total_seconds(), 3),
            code_entries=json.dumps(self._names),
        )
        upsert(row, unique="key", using=self._using)
        self._written_at = time.monotonic()

    def end(self, clock: DatabaseClock) -> None:
        """Write that this beat has ended. What its code lists stays known."""
        now = clock.now()
        _rows(self._using).filter(key=self._key).update(ended_at=now, sent=self.sent)


def living(using: str, now: datetime) -> Any:
    """The rows of the beats that have looked within the last minute, and have not ended."""
    return _seen(using, now).filter(ended_at=None)


def listed(using: str, now: datetime, *, at_once: bool) -> set[str]:
    """The names of the entries that the code of a living beat lists.

    at_once: one that has ended lives no more; else it has a minute in which to start again.
    """
    return _names(living(using, now) if at_once else _seen(using, now))


def ever_listed(using: str) -> set[str]:
    """Those that the code of a beat lists that is known, however long ago it has looked."""
    return _names(_rows(using).order_by())


def forget(using: str, now: datetime) -> None:
    """Delete the rows of beats that ended long ago."""
    _rows(using).filter(last_tick_at__lt=now - FORGOTTEN).delete()


def _seen(using: str, now: datetime) -> Any:
    return _rows(using).filter(last_tick_at__gte=now - LIVES)


def _names(rows: Any) -> set[str]:
    texts = rows.values_list("code_entries", flat=True).distinct()
    return {name for text in texts for name in json.loads(text)}


def _rows(using: str) -> Any:
    return BeatProcess.objects.using(using)
