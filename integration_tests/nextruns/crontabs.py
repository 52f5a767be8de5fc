"""Crontabs by chance, and when each is due by what clocks show."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from djcelery_models.crontabtimes import CrontabTimes, crontab_times

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from .clocks import Shown

MINUTES: Final = range(60)
HOURS: Final = range(24)
DAYS_OF_WEEK: Final = range(7)
DAYS_OF_MONTH: Final = range(1, 32)
MONTHS: Final = range(1, 13)
A_LEAP_YEAR: Final = 2024


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a crontab as it is written, and the numbers that it means."""

    text: str
    means: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crontab:
    """Its fields; it shares nothing with what is compared but their text."""

    minute: Field
    hour: Field
    day_of_week: Field
    day_of_month: Field
    month: Field

    def __str__(self) -> str:
        return " ".join(self._texts())

    def times(self, zone: ZoneInfo) -> CrontabTimes:
        """What is compared."""
        return crontab_times(*self._texts(), zone)

    def due(self, minutes: Iterable[Shown]) -> list[datetime]:
        """The moments of those that it is due at: times by Debian's rules, days by Celery's."""
        is_fixed = self.is_fixed
        found = [
            shown.moment
            for shown in minutes
            if shown.minute in self.minute.means
            and shown.hour in self.hour.means
            and shown.day_of_week in self.day_of_week.means
            and shown.day_of_month in self.day_of_month.means
            and shown.month in self.month.means
            and not (shown.is_again if is_fixed else shown.is_left_out)
        ]
        return list(dict.fromkeys(found))  # many that are left out run once

    @property
    def is_fixed(self) -> bool:
        """Whether it names times of day, rather than how often to run."""
        return "*" not in self.minute.text + self.hour.text and "-" not in self.hour.text

    @property
    def is_possible(self) -> bool:
        """Whether a leap year has a day and a month that it means."""
        first = min(self.day_of_month.means)
        return any(first <= monthrange(A_LEAP_YEAR, month)[1] for month in self.month.means)

    def _texts(self) -> tuple[str, str, str, str, str]:
        """In the order of Celery's crontab."""
        return (
            self.minute.text,
            self.hour.text,
            self.day_of_week.text,
            self.day_of_month.text,
            self.month.text,
        )


def choose_crontab(chooser: random.Random, near: datetime | None = None) -> Crontab:
    """One that is due on some day; near: what clocks show about when it is to be due."""
    hours: Sequence[int] = HOURS
    days: Sequence[int] = DAYS_OF_MONTH
    if near is not None:
        hours = [(near + timedelta(hours=number)).hour for number in range(-2, 3)]
        days = [(near + timedelta(days=number)).day for number in range(-1, 2)]
    while True:
        crontab = Crontab(
            minute=_choose(chooser, MINUTES, MINUTES, all_of_them=0.1),
            hour=_choose(chooser, HOURS, hours, all_of_them=0.2),
            day_of_week=_choose(chooser, DAYS_OF_WEEK, DAYS_OF_WEEK, all_of_them=0.7),
            day_of_month=_choose(chooser, DAYS_OF_MONTH, days, all_of_them=0.7),
            month=_choose(chooser, MONTHS, MONTHS, all_of_them=0.8),
        )
        if crontab.is_possible:
            return crontab


def _choose(
    chooser: random.Random, whole: range, near: Sequence[int], *, all_of_them: float
) -> Field:
    if chooser.random() < all_of_them:
        return Field(text="*", means=frozenset(whole))
    if chooser.random() < 0.25:
        step = chooser.randint(2, len(whole) // 2)
        return Field(text=f"*/{step}", means=frozenset(whole[::step]))
    parts = [_part(chooser, near) for _ in range(chooser.choice([1, 1, 1, 2, 3]))]
    means = frozenset(number for part in parts for number in part.means)
    return Field(text=",".join(part.text for part in parts), means=means)


def _part(chooser: random.Random, near: Sequence[int]) -> Field:
    first, last = sorted(chooser.choices(near, k=2))
    if chooser.random() < 0.5:
        return Field(text=str(first), means=frozenset([first]))
    step = chooser.randint(1, 3)
    text = f"{first}-{last}" if step == 1 else f"{first}-{last}/{step}"
    return Field(text=text, means=frozenset(range(first, last + 1, step)))
