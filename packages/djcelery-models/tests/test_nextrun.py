"""When an entry is due next, between its first and its last moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from djcelery_models.clockedtime import ClockedTime
from djcelery_models.crontabtimes import crontab_times
from djcelery_models.intervaltimes import IntervalTimes
from djcelery_models.nextrun import Times, Within, dues, latest_due
from hypothesis import given, settings
from hypothesis import strategies as st

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOURLY = IntervalTimes(every=HOUR, anchor=NOON)
AT_THE_HOUR = crontab_times("0", "*", "*", "*", "*", ZoneInfo("UTC"))


def test_nothing_is_due_before_the_start_time_and_it_may_be_due_itself() -> None:
    later = Within(times=AT_THE_HOUR, start_time=NOON + 3 * HOUR)

    assert later.next_after(NOON) == NOON + 3 * HOUR
    assert later.next_after(NOON + 5 * HOUR) == NOON + 6 * HOUR


def test_nothing_is_due_from_the_moment_when_an_entry_expires() -> None:
    too_late = Within(times=HOURLY, expires=NOON + HOUR)
    in_time = Within(times=HOURLY, expires=NOON + HOUR + datetime.resolution)

    assert too_late.next_after(NOON) is None
    assert in_time.next_after(NOON) == NOON + HOUR


def test_one_moment_is_due_once() -> None:
    clocked = ClockedTime(moment=NOON)

    assert clocked.next_after(NOON - HOUR) == NOON
    assert clocked.next_after(NOON) is None


def test_all_that_is_due_in_a_stretch_of_time() -> None:
    found = list(dues(HOURLY, NOON, NOON + 2 * HOUR))

    assert found == [NOON + HOUR, NOON + 2 * HOUR]


times_of_all_kinds = st.one_of(
    st.builds(
        IntervalTimes,
        every=st.timedeltas(timedelta(minutes=1), timedelta(days=2)),
        anchor=st.just(NOON),
    ),
    st.builds(
        crontab_times,
        st.sampled_from(["*", "*/7", "0", "30"]),
        st.sampled_from(["*", "2", "1-3", "*/5"]),
        st.sampled_from(["*", "mon-fri"]),
        st.just("*"),
        st.just("*"),
        st.sampled_from([ZoneInfo("UTC"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")]),
    ),
    st.builds(ClockedTime, moment=st.just(NOON + 30 * HOUR)),
)


limits = st.none() | st.integers(-10, 110).map(lambda hours: NOON + hours * HOUR)


@given(
    times=times_of_all_kinds,
    hours=st.integers(0, 100),
    late=st.integers(0, 40),
    start_time=limits,
    expires=limits,
)
@settings(deadline=None)
def test_the_limits_of_an_entry_leave_out_what_is_beyond_them(
    times: Times, hours: int, late: int, start_time: datetime | None, expires: datetime | None
) -> None:
    after = NOON + hours * HOUR
    until = after + late * HOUR
    within = [
        due
        for due in dues(times, after, until)
        if (start_time is None or due >= start_time) and (expires is None or due < expires)
    ]

    limited = Within(times=times, start_time=start_time, expires=expires)

    assert list(dues(limited, after, until)) == within
    assert latest_due(limited, after, until) == (within[-1] if within else None)
    assert limited.count(after, until) == len(within)


def test_the_latest_of_a_century_of_seconds_is_found_at_once() -> None:
    asked: list[datetime] = []

    class Counting(IntervalTimes):
        def next_after(self, after: datetime) -> datetime | None:
            asked.append(after)
            return super().next_after(after)

    every_second = Counting(every=timedelta(seconds=1), anchor=NOON)
    until = NOON.replace(year=2126)

    assert latest_due(every_second, NOON, until) == until
    assert len(asked) < 200
