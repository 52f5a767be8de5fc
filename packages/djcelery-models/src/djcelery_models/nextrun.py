"""When an entry is due; knows neither the database nor the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class Times(Protocol):
    """Instants in UTC at which something is due."""

    def next_after(self, after: datetime) -> datetime | None:
        """The first due instant after ``after``; None: there is none any more."""

    def count(self, after: datetime, until: datetime) -> int:
        """How many instants are due after ``after`` and not after ``until``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """The times of a schedule that an entry has: from ``start_time`` on, and before ``expires``."""

    times: Times
    start_time: datetime | None = None
    expires: datetime | None = None

    def next_after(self, after: datetime) -> datetime | None:
        due = self.times.next_after(self._not_before(after))
        return None if due is None or (self.expires is not None and due >= self.expires) else due

    def count(self, after: datetime, until: datetime) -> int:
        if self.expires is not None:
            until = min(until, self.expires - datetime.resolution)
        after = self._not_before(after)
        return self.times.count(after, until) if after < until else 0

    def _not_before(self, after: datetime) -> datetime:
        return (
            after if self.start_time is None else max(after, self.start_time - datetime.resolution)
        )


def dues(times: Times, after: datetime, until: datetime) -> Iterator[datetime]:
    """Every due instant after ``after`` and not after ``until``."""
    due = times.next_after(after)
    while due is not None and due <= until:
        yield due
        due = times.next_after(due)


def latest_due(times: Times, after: datetime, until: datetime) -> datetime | None:
    """The last due instant after ``after`` and not after ``until``, found by halving the time."""
    found, no_later = None, until
    due = times.next_after(after)
    while due is not None and due <= until:
        found = due
        middle = found + (no_later - found) / 2
        later = times.next_after(middle)
        if later is not None and later <= until:
            due = later
        else:
            no_later = middle
            due = times.next_after(found)
    return found
