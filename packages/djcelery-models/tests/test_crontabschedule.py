"""Rows of crontabs and the schedules they stand for."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from celery import current_app
from celery.schedules import crontab
from djcelery_models.crontabschedule import FIELDS
from djcelery_models.errors import BadRow
from djcelery_models.models import CrontabSchedule

# each of these was found in a database of an old release
REFUSED = [
    {"minute": "set([1, 5])"},
    {"minute": "{1, 5}"},
    {"minute": ""},
    {"minute": "75"},
    {"hour": "noon"},
    {"day_of_month": "30", "month_of_year": "2"},
]


def test_a_row_is_a_schedule_of_celery() -> None:
    row = CrontabSchedule(minute="*/15", hour="8-18", day_of_week="mon-fri")

    assert row.schedule == crontab(minute="*/15", hour="8-18", day_of_week="mon-fri")


def test_a_row_is_shown_with_all_its_fields() -> None:
    row = CrontabSchedule(minute="*/5", hour="1, 2", day_of_week="")

    assert str(row) == "*/5 1,2 * * * (m/h/d/dM/MY)"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "source",
    [
        crontab(),
        crontab(minute=0, hour=4, day_of_month="1-7", month_of_year="*/3"),
        crontab(minute=[5, 1], hour=[0, 12], day_of_week=[6, 0]),
    ],
)
def test_a_schedule_becomes_a_row_that_says_the_same(source: crontab) -> None:
    row = CrontabSchedule.from_schedule(source)

    row.refresh_from_db()
    for field in FIELDS:
        assert getattr(row.schedule, field) == getattr(source, field)


@pytest.mark.django_db
def test_the_same_schedule_is_one_row() -> None:
    first = CrontabSchedule.from_schedule(crontab(minute=0))

    assert CrontabSchedule.from_schedule(crontab(minute="0")) == first
    assert CrontabSchedule.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("columns", REFUSED)
def test_a_row_that_celery_refuses_can_be_read_and_is_named(columns: dict[str, str]) -> None:
    row = CrontabSchedule.objects.create(**columns)

    row.refresh_from_db()
    assert str(row)
    with pytest.raises(BadRow, match=f"djcelery_crontabschedule, row {row.pk}"):
        _ = row.schedule


@pytest.mark.django_db
def test_a_schedule_with_a_zone_of_its_own_keeps_it() -> None:
    source: Any = crontab(minute="0")
    source.tz = ZoneInfo("Asia/Tokyo")

    row = CrontabSchedule.from_schedule(source)

    assert row.timezone == "Asia/Tokyo"
    schedule: Any = row.schedule
    assert schedule.tz == row.times.zone == ZoneInfo("Asia/Tokyo")
    assert CrontabSchedule.from_schedule(crontab(minute="0")) != row


@pytest.mark.django_db
def test_a_row_that_was_edited_is_not_taken_for_what_it_was() -> None:
    row = CrontabSchedule.from_schedule(crontab(minute="0"))
    row.minute = "30"
    row.save()

    assert CrontabSchedule.from_schedule(crontab(minute="0")) != row
    assert CrontabSchedule.from_schedule(crontab(minute="30")) == row


def test_a_row_without_a_zone_runs_in_celerys() -> None:
    assert CrontabSchedule().zone == current_app.timezone
