"""The times of intervals: anchored, in real time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from djcelery_models.intervaltimes import IntervalTimes
from hypothesis import given, settings
from hypothesis import strategies as st

ANCHOR = datetime(2026, 1, 1, tzinfo=UTC)

moments = st.datetimes(
    datetime(2020, 1, 1),
    datetime(2040, 1, 1),
    timezones=st.just(UTC),
)
lengths = st.timedeltas(timedelta(microseconds=1), timedelta(days=400))


@given(anchor=moments, after=moments, every=lengths)
@settings(deadline=None)
def test_the_next_is_a_whole_number_of_intervals_from_the_anchor(
    anchor: datetime, after: datetime, every: timedelta
) -> None:
    due = IntervalTimes(every=every, anchor=anchor).next_after(after)

    assert due is not None
    assert due > after
    assert due >= anchor
    assert (due - anchor) % every == timedelta()
    assert due == anchor or due - after <= every


@given(after=moments, every=lengths)
@settings(deadline=None)
def test_a_run_that_was_late_shifts_nothing(after: datetime, every: timedelta) -> None:
    by_anchor = IntervalTimes(every=every, anchor=ANCHOR)
    due = by_anchor.next_after(after)
    assert due is not None

    assert IntervalTimes(every=every, anchor=due).next_after(due) == by_anchor.next_after(due)


def test_the_anchor_itself_is_due() -> None:
    times = IntervalTimes(every=timedelta(hours=1), anchor=ANCHOR)

    assert times.next_after(ANCHOR - timedelta(days=1)) == ANCHOR
    assert times.next_after(ANCHOR) == ANCHOR + timedelta(hours=1)
    assert times.count(ANCHOR - timedelta(hours=3), ANCHOR) == 1
    assert times.count(ANCHOR - timedelta(minutes=30), ANCHOR + timedelta(hours=1)) == 2


def test_nothing_is_due_after_the_last_year() -> None:
    times = IntervalTimes(every=timedelta(days=5_000), anchor=ANCHOR)

    assert times.next_after(datetime(9999, 12, 1, tzinfo=UTC)) is None


@given(
    after=moments,
    every=st.timedeltas(timedelta(minutes=7), timedelta(days=9)),
    days=st.integers(0, 9),
)
@settings(deadline=None)
def test_as_many_are_counted_as_come_one_by_one(
    after: datetime, every: timedelta, days: int
) -> None:
    times = IntervalTimes(every=every, anchor=datetime(2030, 1, 1, tzinfo=UTC))
    until = after + timedelta(days=days)
    number, due = 0, times.next_after(after)
    while due is not None and due <= until:
        number, due = number + 1, times.next_after(due)

    assert times.count(after, until) == number
    assert times.count(until, after) == 0
