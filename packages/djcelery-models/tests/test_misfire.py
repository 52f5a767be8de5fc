"""What was missed is run, or told; nothing is both, nothing is neither."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from djcelery_models import misfire as misfires
from djcelery_models.clockedtime import ClockedTime
from djcelery_models.crontabtimes import crontab_times
from djcelery_models.intervaltimes import IntervalTimes
from djcelery_models.misfire import MOST_RUNS, Misfire, made_up
from djcelery_models.nextrun import dues
from hypothesis import given, settings
from hypothesis import strategies as st

NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTELY = IntervalTimes(every=timedelta(minutes=1), anchor=NOON)

kinds = st.sampled_from(
    [
        MINUTELY,
        IntervalTimes(every=timedelta(minutes=47), anchor=NOON),
        crontab_times("*/20", "*", "*", "*", "*", ZoneInfo("Europe/Berlin")),
        crontab_times("30", "2", "*", "*", "*", ZoneInfo("Europe/Berlin")),
    ]
)


@given(
    times=kinds,
    minutes=st.integers(0, 4_000),
    misfire=st.sampled_from(list(Misfire)),
    grace=st.none() | st.timedeltas(timedelta(), timedelta(days=4)),
)
@settings(deadline=None)
def test_each_instant_is_run_or_told(
    times: IntervalTimes, minutes: int, misfire: Misfire, grace: timedelta | None
) -> None:
    first = times.next_after(NOON)
    assert first is not None
    until = first + timedelta(minutes=minutes)
    every = list(dues(times, first - datetime.resolution, until))

    found = made_up(times, first, until, misfire=misfire, grace=grace)

    told = [list(dues(times, one.first - datetime.resolution, one.last)) for one in found.missed]
    assert [len(span) for span in told] == [one.count for one in found.missed]
    assert sorted([*found.runs, *(due for span in told for due in span)]) == every
    assert len(found.runs) <= (MOST_RUNS if misfire == Misfire.RUN_ALL else 1)
    assert found.next_due == times.next_after(until)


@given(times=kinds, minutes=st.integers(0, 4_000), later=st.integers(0, 4_000))
@settings(deadline=None)
def test_who_decides_again_later_comes_to_the_same_run(
    times: IntervalTimes, minutes: int, later: int
) -> None:
    first = times.next_after(NOON)
    assert first is not None
    until = first + timedelta(minutes=minutes)

    runs = made_up(times, first, until).runs

    assert made_up(times, first, until + timedelta(minutes=later)).runs == runs == (first,)


@pytest.mark.parametrize(
    ("misfire", "late", "runs"),
    [
        (Misfire.RUN_ONCE, timedelta(days=300), 1),
        (Misfire.SKIP, timedelta(seconds=60), 1),
        (Misfire.SKIP, timedelta(seconds=61), 0),
        (Misfire.RUN_ALL, timedelta(seconds=3_600), 1),
        (Misfire.RUN_ALL, timedelta(seconds=3_601), 0),
    ],
)
def test_how_late_a_run_may_be(misfire: Misfire, late: timedelta, runs: int) -> None:
    found = made_up(ClockedTime(moment=NOON), NOON, NOON + late, misfire=misfire)

    assert len(found.runs) == runs


def test_an_entry_says_itself_how_late_its_run_may_be() -> None:
    clocked = ClockedTime(moment=NOON)

    assert made_up(clocked, NOON, NOON + HOUR, grace=HOUR).runs == (NOON,)
    assert made_up(clocked, NOON, NOON + 2 * HOUR, grace=HOUR).runs == ()


def test_what_is_due_just_now_runs_beside_what_is_late() -> None:
    now = NOON + timedelta(minutes=1)

    found = made_up(MINUTELY, NOON, now, misfire=Misfire.RUN_ALL)

    assert found.runs == (NOON, now)
    assert found.next_due == now + timedelta(minutes=1)


@pytest.mark.parametrize("late", [0, 5, 10])
def test_the_first_run_that_is_not_too_late_may_be_just_as_late_as_it_may(late: int) -> None:
    grace = timedelta(minutes=late)
    now = NOON + timedelta(minutes=10)

    found = made_up(MINUTELY, NOON, now, misfire=Misfire.SKIP, grace=grace)

    assert found.runs == (now - grace,)


def test_no_more_than_the_last_thousand_run() -> None:
    until = NOON + timedelta(days=30)

    found = made_up(MINUTELY, NOON, until, misfire=Misfire.RUN_ALL, grace=timedelta.max)

    assert len(found.runs) == misfires.MOST_RUNS
    assert found.runs[-1] == until
    (missed,) = found.missed
    assert missed.count == 30 * 24 * 60 + 1 - misfires.MOST_RUNS


def test_a_year_of_seconds_is_told_in_one_line() -> None:
    every_second = IntervalTimes(every=timedelta(seconds=1), anchor=NOON)

    found = made_up(every_second, NOON, NOON + timedelta(days=365))

    (missed,) = found.missed
    assert missed.count == 365 * 24 * 60 * 60
