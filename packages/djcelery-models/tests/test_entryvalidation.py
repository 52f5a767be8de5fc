"""Bad input of entries and schedules: the field, and what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from djcelery_models.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from djcelery_utils.clock import now

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


def make_entry(**overrides: Any) -> PeriodicTask:
    columns = {"name": "entry", "task": "shop.tasks.add", **overrides}
    if not {"interval", "crontab"} & columns.keys():
        columns["interval"] = IntervalSchedule.from_schedule(60)
    return PeriodicTask(**columns)


def errors_of(row: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        row.full_clean()
    return caught.value.message_dict


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("columns", "field", "cure"),
    [
        ({"args": "['a']"}, "args", "double quotes"),
        ({"args": "{}"}, "args", "JSON list"),
        ({"kwargs": "{'a': 1}"}, "kwargs", "double quotes"),
        ({"kwargs": "[]"}, "kwargs", "JSON object"),
        ({"headers": "[]"}, "headers", "JSON object"),
        ({"name": "x" * 201}, "name", "at most 200"),
        ({"expires": NOW - HOUR}, "expires", "in the future"),
        ({"start_time": NOW + 3 * HOUR, "expires": NOW + 2 * HOUR}, "start_time", "before"),
        ({"priority": 256}, "priority", "255"),
        ({"misfire": "never"}, "misfire", "not a valid choice"),
        ({"interval": None}, "interval", "Give a schedule"),
    ],
)
def test_what_an_entry_may_not_say(columns: dict[str, Any], field: str, cure: str) -> None:
    assert cure in " ".join(errors_of(make_entry(**columns))[field])


@pytest.mark.django_db
def test_an_entry_has_one_schedule() -> None:
    entry = make_entry(
        interval=IntervalSchedule.from_schedule(60), crontab=CrontabSchedule.objects.create()
    )

    assert "Give one schedule" in " ".join(errors_of(entry)["crontab"])


@pytest.mark.django_db
def test_an_entry_that_has_expired_since_can_be_edited() -> None:
    entry = make_entry()
    entry.save()
    PeriodicTask.objects.update(expires=now() - HOUR)
    entry.refresh_from_db()

    entry.queue = "other"

    entry.full_clean()


@pytest.mark.django_db
def test_nobody_knows_whether_a_run_is_finished_without_results(settings: Any) -> None:
    assert "result backend" in " ".join(errors_of(make_entry(overlap="skip"))["overlap"])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("row", "field", "cure"),
    [
        (CrontabSchedule(minute="75"), "minute", "75"),
        (CrontabSchedule(hour="noon"), "hour", "noon"),
        (CrontabSchedule(day_of_month="31", month_of_year="2"), "day_of_month", "never matches"),
        (CrontabSchedule(timezone="Mars/Olympus"), "timezone", "Europe/Berlin"),
        (IntervalSchedule(every=0, period="seconds"), "every", "greater than or equal to 1"),
        (IntervalSchedule(every=-5, period="days"), "every", "greater than or equal to 1"),
        (IntervalSchedule(every=2_000_000_000, period="days"), "every", "shorter"),
        (IntervalSchedule(every=1, period="fortnights"), "period", "not a valid choice"),
        (SolarSchedule(event="sunrise", latitude=91, longitude=0), "latitude", "90"),
        (SolarSchedule(event="moonrise", latitude=1, longitude=0), "event", "valid choice"),
        (ClockedSchedule(), "clocked_time", "null"),
    ],
)
def test_what_a_schedule_may_not_say(row: Any, field: str, cure: str) -> None:
    assert cure in " ".join(errors_of(row)[field])
