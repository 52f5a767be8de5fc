"""The time of an entry that runs once, at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockedTime:
    """One moment, and none after it."""

    moment: datetime

    def next_after(self, after: datetime) -> datetime | None:
        return self.moment if after < self.moment else None

    def count(self, after: datetime, until: datetime) -> int:
        return int(after < self.moment <= until)
