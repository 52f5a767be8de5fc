"""The times of crontabs, compared with what a clock shows minute by minute."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from celery.schedules import ParseException
from djcelery_models.crontabtimes import CrontabTimes, crontab_times
from hypothesis import given, settings
from hypothesis import strategies as st

BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
BEIRUT = ZoneInfo("Asia/Beirut")
NEWFOUNDLAND = ZoneInfo("America/St_Johns")
SAMOA = ZoneInfo("Pacific/Apia")
NEW_YORK = ZoneInfo("America/New_York")
UTC_ZONE = ZoneInfo("UTC")

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def due_by_the_minute(times: CrontabTimes, start: datetime, end: datetime) -> list[datetime]:
    """What is due after ``start``, and not after ``end``: both are whole minutes in UTC.

    Begins a day before, for what clocks have shown already.
    """
    found: list[datetime] = []
    shown: set[datetime] = set()
    moment = start - DAY
    before = clock(times.zone, moment - MINUTE)
    while moment <= end:
        local = clock(times.zone, moment)
        skipped = minutes_between(before, local) if times.is_fixed else []
        is_new = not times.is_fixed or local not in shown
        if moment > start and (
            any(names(times, one) for one in skipped) or (is_new and names(times, local))
        ):
            found.append(moment)
        shown.add(local)
        before = local
        moment += MINUTE
    return found


def clock(zone: tzinfo, moment: datetime) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def minutes_between(before: datetime, after: datetime) -> list[datetime]:
    """The minutes that clocks leave out between two that follow each other."""
    return [before + number * MINUTE for number in range(1, (after - before) // MINUTE)]


def names(times: CrontabTimes, local: datetime) -> bool:
    return (
        local.minute in times.minutes
        and local.hour in times.hours
        and local.isoweekday() % 7 in times.days_of_week
        and local.day in times.days_of_month
        and local.month in times.months
    )


@lru_cache(maxsize=1_000)
def changes(zone: ZoneInfo) -> list[datetime]:
    """The UTC midnights, from 2024 to 2030, before a change of the clocks in ``zone``."""
    weeks = [datetime(2024, 1, 1, tzinfo=UTC) + number * 7 * DAY for number in range(7 * 52)]
    days = [
        week + number * DAY
        for week in weeks
        if differ(zone, week, week + 7 * DAY)
        for number in range(7)
    ]
    return [day for day in days if differ(zone, day, day + DAY)]


def differ(zone: ZoneInfo, one: datetime, other: datetime) -> bool:
    return one.astimezone(zone).utcoffset() != other.astimezone(zone).utcoffset()


ZONES = [ZoneInfo(name) for name in sorted(available_timezones())]
CHANGING = [zone for zone in ZONES if changes(zone)]

minutes = st.sampled_from(["*", "*/30", "*/15", "*/7", "0", "30", "0,30", "59", "0-10", "5,35"])
hours = st.sampled_from(["*", "*/2", "*/3", "0", "1", "2", "3", "23", "0,2", "1-3", "2,3", "22-23"])
days_of_week = st.sampled_from(["*", "*", "*", "mon-fri", "sun", "6,0", "0-6"])
days_of_month = st.sampled_from(["*", "*", "*", "1-7", "*/2", "25-31", "13"])
months = st.sampled_from(["*", "*", "3,10", "*/2", "jan-jun"])


def listed(times: CrontabTimes, start: datetime, end: datetime) -> list[datetime]:
    found = []
    due = times.next_after(start)
    while due is not None and due <= end:
        found.append(due)
        due = times.next_after(due)
    return found


def daily(time: str, zone: ZoneInfo) -> CrontabTimes:
    hour, _, minute = time.partition(":")
    return crontab_times(minute, hour, "*", "*", "*", zone)


def at(text: str) -> datetime:
    """``25T00:30`` of October 2026, or a whole date, in UTC."""
    return datetime.fromisoformat(text if "-" in text else f"2026-10-{text}").replace(tzinfo=UTC)


fields_of_five = st.tuples(minutes, hours, days_of_week, days_of_month, months)
crontabs = st.builds(
    lambda fields, zone: crontab_times(*fields, zone), fields_of_five, st.sampled_from(CHANGING)
)


def moment_near_a_change(times: CrontabTimes, chooser: random.Random, days: int) -> datetime:
    """A whole minute within so many days before or after a change of the clocks."""
    minutes_away = chooser.randrange(-days * 24 * 60, days * 24 * 60)
    return chooser.choice(changes(times.zone)) + timedelta(minutes=minutes_away)


@given(times=crontabs, seed=st.integers(0, 10_000))
@settings(deadline=None, max_examples=60)
def test_around_a_change_of_clocks_a_crontab_is_due_as_clocks_show(
    times: CrontabTimes, seed: int
) -> None:
    start = moment_near_a_change(times, random.Random(seed), 1) - DAY
    end = start + 3 * DAY

    assert listed(times, start, end) == due_by_the_minute(times, start, end)


@given(times=crontabs, seed=st.integers(0, 10_000), length=st.integers(0, 9 * 24 * 60))
@settings(deadline=None, max_examples=30)
def test_as_many_are_counted_as_come_one_by_one(
    times: CrontabTimes, seed: int, length: int
) -> None:
    start = moment_near_a_change(times, random.Random(seed), 5)
    end = start + timedelta(minutes=length)

    assert times.count(start, end) == len(listed(times, start, end))
    assert times.count(end, start) == 0


@pytest.mark.parametrize(
    ("fields", "zone", "start", "end", "number"),
    [
        ("30 0 * * *", BERLIN, "2026-03-28T12:00", "2026-03-31T12:00", 3),
        ("30 0,23 * * *", BERLIN, "2026-10-24T12:00", "2026-10-27T12:00", 6),
        ("0 20 mon * *", NEW_YORK, "2026-06-01T12:00", "2026-06-08T23:00", 1),
        ("0 0 * * *", SAMOA, "2011-12-29T12:00", "2012-01-02T12:00", 4),
        ("0 0 fri * *", SAMOA, "2011-12-29T23:00", "2012-01-02T12:00", 1),
    ],
)
def test_days_on_which_clocks_change_are_counted_too(
    fields: str, zone: ZoneInfo, start: str, end: str, number: int
) -> None:
    times = crontab_times(*fields.split(), zone)

    assert times.count(at(start), at(end)) == number == len(listed(times, at(start), at(end)))


def test_years_are_counted_by_the_day() -> None:
    times = crontab_times("*", "*", "*", "*", "*", BERLIN)

    assert times.count(at("2024-01-01"), at("2027-01-01")) == (366 + 365 + 365) * 24 * 60


@given(
    zone=st.sampled_from(ZONES),
    after=st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC)),
    fields=fields_of_five,
)
@settings(deadline=None)
def test_the_next_is_later_and_nothing_is_between(
    zone: ZoneInfo, after: datetime, fields: tuple[str, str, str, str, str]
) -> None:
    times = crontab_times(*fields, zone)

    due = times.next_after(after)

    assert due is not None
    assert due > after
    assert times.next_after(due - datetime.resolution) == due
    assert times.next_after(after + (due - after) / 2) == due


@pytest.mark.parametrize(
    ("fields", "dues"),
    [
        ("30 2", ["25T00:30", "26T01:30"]),
        ("0,30 2", ["25T00:00", "25T00:30", "26T01:00"]),
        ("0 2-3", ["25T00:00", "25T01:00", "25T02:00"]),
        ("*/30 2", ["25T00:00", "25T00:30", "25T01:00", "25T01:30", "26T01:00"]),
    ],
)
def test_where_an_hour_comes_twice(fields: str, dues: list[str]) -> None:
    minute, hour = fields.split()
    times = crontab_times(minute, hour, "*", "*", "*", BERLIN)

    found = listed(times, at("24T12:00"), at("26T12:00"))

    assert found[: len(dues)] == [at(due) for due in dues]


@pytest.mark.parametrize(
    ("fields", "dues"),
    [
        ("30 2", ["2026-03-29T01:00", "2026-03-30T00:30"]),
        ("0,30 2", ["2026-03-29T01:00", "2026-03-30T00:00"]),
        ("0,30 2,3", ["2026-03-29T01:00", "2026-03-29T01:30", "2026-03-30T00:00"]),
        ("*/30 2", ["2026-03-30T00:00", "2026-03-30T00:30"]),
        ("59 1", ["2026-03-29T00:59", "2026-03-29T23:59"]),
        ("0 1-3", ["2026-03-29T00:00", "2026-03-29T01:00", "2026-03-29T23:00"]),
    ],
)
def test_where_an_hour_is_left_out(fields: str, dues: list[str]) -> None:
    minute, hour = fields.split()
    times = crontab_times(minute, hour, "*", "*", "*", BERLIN)

    found = listed(times, at("2026-03-28T12:00"), at("2026-03-30T12:00"))

    assert found[: len(dues)] == [at(due) for due in dues]


def test_every_half_hour_is_every_half_hour_when_clocks_go_back() -> None:
    times = crontab_times("*/30", "*", "*", "*", "*", BERLIN)

    found = listed(times, at("24T22:00"), at("25T06:00"))

    assert {later - due for due, later in pairwise(found)} == {timedelta(minutes=30)}


def test_a_fold_of_half_an_hour_leaves_nothing_out() -> None:
    times = crontab_times("0,15,30,45", "1,2", "*", "*", "*", LORD_HOWE)
    start = at("2026-04-04T13:00")

    found = listed(times, start, start + timedelta(hours=4))

    assert len(found) == 8
    assert found[-4:] == [at("2026-04-04T15:30") + n * timedelta(minutes=15) for n in range(4)]


@pytest.mark.parametrize(
    ("fields", "dues"),
    [
        ("*/30 *", ["01:30", "02:00", "02:30", "03:00", "03:30", "04:00"]),
        ("*/30 23", ["01:30", "02:00", "03:00"]),
        ("0,30 0", ["02:30", "04:00"]),
        ("0,30 0,23", ["01:30", "02:00", "02:30", "04:00"]),
        ("0,1 0", ["02:30", "03:31"]),
    ],
)
def test_where_clocks_go_back_past_midnight(fields: str, dues: list[str]) -> None:
    minute, hour = fields.split()
    times = crontab_times(minute, hour, "*", "*", "*", NEWFOUNDLAND)

    found = listed(times, at("2010-11-07T01:00"), at("2010-11-07T04:00"))

    assert [f"{due:%H:%M}" for due in found] == dues


def test_a_day_without_a_midnight_runs_what_is_due_at_midnight_once() -> None:
    found = listed(daily("0:00", BEIRUT), at("2026-03-27T12:00"), at("2026-03-30T12:00"))

    assert found == [
        at("2026-03-27T22:00"),
        at("2026-03-28T22:00"),  # shown as 01:00
        at("2026-03-29T21:00"),
    ]


@pytest.mark.parametrize(
    ("fields", "after", "due"),
    [
        ("0 0 * 29 2", "2026-01-01", "2028-02-29"),
        ("0 0 mon 29 2", "2026-01-01", "2044-02-29"),
        ("0 0 fri 13 *", "2026-04-01", "2026-11-13"),
        ("59 23 * 31 12", "2026-12-31", "2026-12-31T23:59"),
        ("0 0 * 1 1", "2026-01-01", "2027-01-01"),
        ("0 0 * 31 *", "2026-01-31", "2026-03-31"),
    ],
)
def test_rare_days(fields: str, after: str, due: str) -> None:
    times = crontab_times(*fields.split(), UTC_ZONE)

    assert times.next_after(at(after)) == at(due)


def test_nothing_is_due_after_the_last_year() -> None:
    after = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)

    assert daily("0:00", UTC_ZONE).next_after(after) is None


@pytest.mark.parametrize("fields", ["0 0 * 31 2", "60 0 * * *", "0 24 * * *", "x 0 * * *"])
def test_what_can_never_match_is_refused(fields: str) -> None:
    with pytest.raises((ValueError, ParseException)):
        crontab_times(*fields.split(), UTC_ZONE)
