"""Rows of intervals and the schedules they stand for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from celery.schedules import schedule
from djcelery_models.errors import BadRow
from djcelery_models.models import IntervalSchedule
from hypothesis import given
from hypothesis import strategies as st


@given(every=st.integers(0, 2**31 - 1), period=st.sampled_from(["seconds", "minutes", "hours"]))
def test_a_row_is_a_schedule_of_celery(every: int, period: str) -> None:
    row = IntervalSchedule(every=every, period=period)

    assert row.schedule == schedule(timedelta(**{period: every}))


@pytest.mark.parametrize(
    ("every", "period", "text"),
    [(1, "seconds", "every second"), (5, "seconds", "every 5 seconds"), (1, "days", "every day")],
)
def test_a_row_is_shown_as_people_say_it(every: int, period: str, text: str) -> None:
    assert str(IntervalSchedule(every=every, period=period)) == text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("source", "every", "period"),
    [
        (schedule(timedelta(days=2)), 172_800, "seconds"),
        (timedelta(seconds=1.5), 1_500_000, "microseconds"),
        (30, 30, "seconds"),
        (timedelta(seconds=-1), 0, "seconds"),
    ],
)
def test_a_schedule_becomes_a_row(
    source: schedule | timedelta | float, every: int, period: str
) -> None:
    row = IntervalSchedule.from_schedule(source)

    row.refresh_from_db()
    assert (row.every, row.period) == (every, period)


@pytest.mark.django_db
def test_the_same_schedule_is_one_row() -> None:
    first = IntervalSchedule.from_schedule(schedule(60))

    second = IntervalSchedule.from_schedule(schedule(60))

    assert first == second
    assert IntervalSchedule.objects.count() == 1


@pytest.mark.django_db
def test_of_rows_that_an_old_release_made_twice_the_first_is_taken() -> None:
    rows = [IntervalSchedule.objects.create(every=45, period="seconds") for _ in range(2)]

    assert IntervalSchedule.from_schedule(schedule(45)) == rows[0]


@pytest.mark.parametrize(("every", "period"), [(1, "fortnights"), (2**31 - 1, "days")])
def test_a_row_that_is_no_schedule_is_named(every: int, period: str) -> None:
    row = IntervalSchedule(pk=7, every=every, period=period)

    assert str(row)
    with pytest.raises(BadRow, match="djcelery_intervalschedule, row 7"):
        _ = row.schedule
