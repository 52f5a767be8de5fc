"""When beat has to look at an entry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pytest
from djcelery_models.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
)
from djcelery_models.planning import aware, jitter, plan, task_id

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")


def every(minutes: int) -> IntervalSchedule:
    return IntervalSchedule(pk=minutes, every=minutes, period="minutes")


def crontab(**fields: str) -> CrontabSchedule:
    return CrontabSchedule(pk=1, **{"minute": "0", "timezone": "UTC", **fields})


def make_entry(**overrides: Any) -> PeriodicTask:
    entry = PeriodicTask(name="entry", task="shop.tasks.add", **overrides)
    plan(entry, NOON)
    return entry


def test_an_interval_counts_from_when_it_is_planned() -> None:
    entry = make_entry(interval=every(10))

    assert entry.next_run_at == entry.check_at == NOON + 10 * MINUTE


def test_an_interval_counts_from_its_start_time() -> None:
    entry = make_entry(interval=every(60), start_time=NOON - DAY + 7 * MINUTE)

    assert entry.next_run_at == NOON + 7 * MINUTE


def test_a_crontab_is_due_at_its_next_time_in_its_zone() -> None:
    entry = make_entry(crontab=crontab(hour="9", timezone="Europe/Berlin"))

    assert entry.next_run_at == NOON + 19 * HOUR


def test_nothing_is_planned_before_the_start_time() -> None:
    entry = make_entry(crontab=crontab(), start_time=NOON + 3 * HOUR)

    assert entry.next_run_at == NOON + 3 * HOUR


def test_what_was_sent_is_not_planned_again_when_the_clock_is_set_back() -> None:
    entry = make_entry(crontab=crontab(), last_due_at=NOON + HOUR)

    assert entry.next_run_at == NOON + 2 * HOUR


def test_what_is_planned_stays_however_late_it_is() -> None:
    entry = make_entry(interval=every(10))
    planned = entry.next_run_at

    plan(entry, NOON + DAY)

    assert entry.next_run_at == planned


def test_another_schedule_counts_from_now() -> None:
    entry = make_entry(crontab=crontab(hour="13"))
    entry.crontab = crontab(hour="3")

    plan(entry, NOON + 5 * HOUR)

    assert entry.next_run_at == NOON + 15 * HOUR


def test_another_start_time_is_another_schedule() -> None:
    entry = make_entry(interval=every(60), start_time=NOON - DAY + 7 * MINUTE)
    entry.start_time = NOON - DAY + 9 * MINUTE

    plan(entry, NOON)

    assert entry.next_run_at == NOON + 9 * MINUTE


def test_another_interval_counts_from_the_last_due_time() -> None:
    entry = make_entry(interval=every(10), last_due_at=NOON - 7 * MINUTE)
    assert entry.next_run_at == NOON + 3 * MINUTE

    entry.next_run_at, entry.interval = None, every(60)
    plan(entry, NOON)

    assert entry.next_run_at == NOON + 53 * MINUTE


def test_a_disabled_entry_has_nothing_planned_and_counts_from_when_it_is_enabled() -> None:
    entry = make_entry(interval=every(10))
    entry.enabled = False
    plan(entry, NOON)
    assert (entry.next_run_at, entry.check_at, entry.planned_by) == (None, None, None)

    entry.enabled = True
    plan(entry, NOON + DAY)

    assert entry.next_run_at == NOON + DAY + 10 * MINUTE


def test_a_moment_that_has_passed_is_due_until_it_was_passed_on() -> None:
    moment = ClockedSchedule(pk=1, clocked_time=NOON - DAY)

    assert make_entry(clocked=moment).next_run_at == NOON - DAY
    assert make_entry(clocked=moment, last_due_at=NOON - DAY).next_run_at is None


def test_beat_looks_at_once_at_an_entry_that_is_never_due() -> None:
    entry = make_entry(interval=every(10), expires=NOON)

    assert (entry.next_run_at, entry.check_at) == (None, NOON)


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"interval": every(0)},
        {"interval": IntervalSchedule(pk=1, every=1, period="fortnights")},
        {"crontab": crontab(minute="75")},
        {"crontab": crontab(timezone="Mars/Olympus")},
        {"interval": every(1), "crontab": crontab()},
    ],
)
def test_beat_looks_at_once_at_an_entry_that_is_broken(columns: dict[str, Any]) -> None:
    entry = make_entry(**columns)

    assert (entry.next_run_at, entry.check_at) == (None, NOON)


def test_a_jitter_puts_each_run_off_by_a_share_that_stays_the_same() -> None:
    entry = make_entry(interval=every(10), jitter_seconds=60, uid=UUID(int=7))
    dues = [NOON + number * MINUTE for number in range(100)]

    shares = [jitter(entry, due) for due in dues]

    assert entry.next_run_at is not None
    assert entry.check_at == entry.next_run_at + jitter(entry, entry.next_run_at)
    assert shares == [jitter(entry, due) for due in dues]
    assert shares == [jitter(entry, due.astimezone(BERLIN)) for due in dues]
    assert timedelta() <= min(shares) < 0.1 * MINUTE
    assert 0.9 * MINUTE < max(shares) < MINUTE
    assert len(set(shares)) > 90


def test_a_jitter_is_the_same_on_each_machine() -> None:
    entry = make_entry(interval=every(10), jitter_seconds=60, uid=UUID(int=7))

    assert jitter(entry, NOON) == timedelta(microseconds=4_403_162)


def test_a_jitter_ends_before_the_next_run() -> None:
    entry = make_entry(interval=every(1), jitter_seconds=3_600, uid=UUID(int=7))

    shares = [jitter(entry, NOON + number * MINUTE) for number in range(100)]

    assert 0.9 * MINUTE < max(shares) < MINUTE


def test_the_last_run_has_its_whole_jitter() -> None:
    moments = [NOON + number * MINUTE for number in range(100)]
    entries = [
        make_entry(clocked=ClockedSchedule(pk=1, clocked_time=moment), jitter_seconds=3_600)
        for moment in moments
    ]

    shares = [jitter(entry, due) for entry, due in zip(entries, moments, strict=True)]

    assert HOUR / 2 < max(shares) < HOUR


def test_the_id_of_a_task_follows_from_entry_and_due_time() -> None:
    entry = make_entry(interval=every(10), uid=UUID(int=7))

    assert task_id(entry, NOON) == str(uuid5(UUID(int=7), "2026-06-01T12:00:00+00:00"))
    assert task_id(entry, NOON.astimezone(BERLIN)) == task_id(entry, NOON)


def test_without_time_zones_the_columns_of_old_hold_local_time(settings: Any) -> None:
    settings.USE_TZ = False
    settings.TIME_ZONE = "Europe/Berlin"

    assert aware(datetime(2026, 6, 1, 14)) == NOON  # that is the point
    assert aware(None) is None
