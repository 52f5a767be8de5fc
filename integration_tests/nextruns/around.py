"""Crontabs around each change of the clocks, by djcelery_models and by the clocks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from djcelery_models.nextrun import dues

from .clocks import clock, shown
from .crontabs import choose_crontab

if TYPE_CHECKING:
    import random
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from djcelery_models.crontabtimes import CrontabTimes

    from .compared import Compared

HALF: Final = timedelta(hours=36)


def compare_around(
    compared: Compared,
    zone: ZoneInfo,
    changes: list[datetime],
    crontabs: int,
    chooser: random.Random,
) -> int:
    """So many crontabs in the three days around each of ``changes``.

    All runs are compared, and from any moment on the next run and the number of runs. Returns how
    many crontabs that were.
    """
    for change in changes:
        start, end = change - HALF, change + HALF
        minutes = list(shown(zone, start, end))
        for number in range(crontabs):
            crontab = choose_crontab(chooser, clock(zone, change) if number % 2 else None)
            times, expected = crontab.times(zone), crontab.due(minutes)
            compared.add(f"{zone}: {crontab}", list(dues(times, start, end)), expected)
            after = start + chooser.random() * (end - start)
            later = [due for due in expected if due > after]
            compared.add_one(
                f"{zone}: {crontab} after {after}",
                found=_next_and_number(times, after, end),
                expected=(str(later[0]) if later else None, len(later)),
            )
    return crontabs * len(changes)


def _next_and_number(times: CrontabTimes, after: datetime, end: datetime) -> tuple[str | None, int]:
    due = times.next_after(after)
    return None if due is None or due > end else str(due), times.count(after, end)
