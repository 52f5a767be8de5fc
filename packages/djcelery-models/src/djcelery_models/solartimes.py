"""The times at which the sun rises, sets or is at a height, as Celery's ``solar`` has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from celery.schedules import solar

if TYPE_CHECKING:
    from collections.abc import Iterator

DAYS: Final = 366
"""How many days to look through: near the poles the sun may not rise for half a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SolarTimes:
    """An event of the sun at a place on earth. Degrees; north and east are positive."""

    event: str
    latitude: float
    longitude: float

    def next_after(self, after: datetime) -> datetime | None:
        """The first such event after ``after``, in UTC; None: there is none within a year.

        Raises celery's ImproperlyConfigured without ``ephem``, and ValueError for an event or a
        place that does not exist.
        """
        event: Any = self.event
        known: Any = solar(event, self.latitude, self.longitude)  # one each: it has a state
        return next((moment for moment in _events(known, after) if moment > after), None)

    def count(self, after: datetime, until: datetime) -> int:
        """How many instants are due after ``after`` and not after ``until``: about one a day."""
        number = 0
        while (due := self.next_after(after)) is not None and due <= until:
            number, after = number + 1, due
        return number


def _events(known: Any, after: datetime) -> Iterator[datetime]:
    """The event in each day from ``after`` on that has one, to the second."""
    sun, height = known.ephem.Sun(), {"use_center": True} if known.use_center else {}
    start = known.ephem.Date(after.astimezone(UTC).replace(tzinfo=None))
    for _day in range(DAYS):
        try:
            start = getattr(known.cal, known.method)(sun, start=start, **height)
        except known.ephem.CircumpolarError:
            start = known.cal.next_antitransit(sun, start=start)
        else:
            moment: datetime = start.datetime().replace(tzinfo=UTC)
            yield moment.replace(microsecond=0) + timedelta(seconds=1)
