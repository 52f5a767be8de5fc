"""The next runs, with what the clocks do to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from djcelery_models.clockchange import ClockChange
from djcelery_models.models import CrontabSchedule, IntervalSchedule, PeriodicTask
from djcelery_models.preview import NextRun, preview

NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_run_that_clocks_skip_is_named() -> None:
    schedule = CrontabSchedule(pk=1, minute="30", hour="2", timezone="Europe/Berlin")
    entry = PeriodicTask(name="entry", crontab=schedule)

    first, second = preview(entry, 2, now=NOON)

    assert first == NextRun(
        due=datetime(2026, 3, 29, 1, tzinfo=UTC), clock_change=ClockChange.MOVED
    )
    assert second == NextRun(due=datetime(2026, 3, 30, 0, 30, tzinfo=UTC))


def test_an_entry_has_no_more_runs_than_until_it_expires() -> None:
    schedule = IntervalSchedule(pk=1, every=1, period="days")
    entry = PeriodicTask(name="entry", interval=schedule, expires=NOON + 3 * DAY)

    found = preview(entry, 10, now=NOON)

    assert [run.due for run in found] == [NOON + DAY, NOON + 2 * DAY]
