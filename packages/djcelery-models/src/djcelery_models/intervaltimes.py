"""The times of an interval; knows neither the database nor the clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalTimes:
    """``anchor``, and every so long after it, in real time: late runs shift nothing.

    every: longer than zero.
    """

    every: timedelta
    anchor: datetime

    def next_after(self, after: datetime) -> datetime | None:
        """The first due instant after ``after``, in UTC; None: it is beyond the year 9999."""
        if after < self.anchor:
            return self.anchor
        passed = (after - self.anchor) // self.every
        try:
            return self.anchor + (passed + 1) * self.every
        except OverflowError:
            return None

    def count(self, after: datetime, until: datetime) -> int:
        """How many instants are due after ``after`` and not after ``until``."""
        return max(0, self._until(until) - self._until(after))

    def _until(self, moment: datetime) -> int:
        """How many instants are due from the anchor on, and not after ``moment``."""
        return max(0, (moment - self.anchor) // self.every + 1)
