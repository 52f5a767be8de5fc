"""What changes of the clocks do to runs is named."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from djcelery_models.clockchange import ClockChange, clock_change
from djcelery_models.crontabtimes import crontab_times
from djcelery_models.nextrun import dues

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("minute", "hour", "day", "named"),
    [
        ("30", "2", "2026-03-29", ["moved"]),
        ("0", "2", "2026-03-29", ["moved"]),
        ("30", "2", "2026-10-25", ["first of two"]),
        ("*/30", "2", "2026-10-25", ["first of two"] * 2 + ["second of two"] * 2),
        ("0", "3", "2026-03-29", [None]),
        ("30", "2", "2026-06-01", [None]),
    ],
)
def test_each_run_says_what_happened_to_it(
    minute: str, hour: str, day: str, named: list[ClockChange | None]
) -> None:
    times = crontab_times(minute, hour, "*", "*", "*", BERLIN)
    start = datetime.fromisoformat(day).replace(tzinfo=BERLIN)
    end = start.replace(hour=23)

    found = [clock_change(times, due) for due in dues(times, start, end.astimezone(UTC))]

    assert found == named
