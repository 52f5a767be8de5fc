"""Bad input of entries and schedules: the field, and what to do."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from celery import Celery, current_app
from django.core.exceptions import ValidationError
from djcelery_models.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from djcelery_utils.clock import now

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@contextmanager
def current_app_with(backend: str) -> Iterator[None]:
    previous = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy
    app = Celery("tests", backend=backend, broker="memory://", set_as_current=False)
    app.set_current()
    try:
        yield
    finally:
        app.close()
        previous.set_current()


@pytest.mark.django_db
def test_an_overlap_is_skipped_only_where_a_result_tells_whether_a_run_is_finished() -> None:
    entry = make_entry(overlap="skip")

    with current_app_with("disabled"):
        assert "result backend" in " ".join(errors_of(entry)["overlap"])
    with current_app_with("cache+memory://"):
        entry.full_clean()


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
