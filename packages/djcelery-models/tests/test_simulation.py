"""What a schedule runs, without waiting for it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from djcelery_models.clockedtime import ClockedTime
from djcelery_models.crontabtimes import crontab_times
from djcelery_models.intervaltimes import IntervalTimes
from djcelery_models.misfire import Misfire
from djcelery_models.nextrun import Times, dues
from djcelery_models.simulation import Outage, Planned, simulate

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
HOURLY = IntervalTimes(every=HOUR, anchor=START)
ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "UTC")]


def random_times(chooser: random.Random) -> Times:
    if chooser.random() < 0.5:
        return IntervalTimes(every=chooser.randint(30, 3_000) * MINUTE, anchor=START)
    hour = chooser.choice(["*", "2", "1-3", "*/6"])
    return crontab_times(str(chooser.randrange(60)), hour, "*", "*", "*", chooser.choice(ZONES))


def test_a_year_fires_all_that_is_due_in_order() -> None:
    chooser = random.Random(1)
    entries = [Planned(name=str(number), times=random_times(chooser)) for number in range(10)]
    end = START + timedelta(days=365)

    found = list(simulate(entries, START, end))

    assert [run.sent_at for run in found] == sorted(run.sent_at for run in found)
    assert {(run.name, run.due) for run in found} == {
        (entry.name, due) for entry in entries for due in dues(entry.times, START, end)
    }
    assert all(run.sent_at == run.due for run in found)


@pytest.mark.parametrize(
    ("misfire", "minutes"),
    [
        (Misfire.RUN_ONCE, [60, 120, 360]),
        (Misfire.SKIP, [60, 360]),
        (Misfire.RUN_ALL, [60, 120, 180, 240, 300, 360]),
    ],
)
def test_after_an_outage_each_entry_does_as_it_says(misfire: Misfire, minutes: list[int]) -> None:
    grace = timedelta(days=1) if misfire == Misfire.RUN_ALL else None
    entry = Planned(name="hourly", times=HOURLY, misfire=misfire, grace=grace)
    outage = Outage(start=START + 90 * MINUTE, end=START + 330 * MINUTE)

    found = list(simulate([entry], START, START + 6 * HOUR, outages=[outage]))

    assert [(run.due - START) // MINUTE for run in found] == minutes
    assert {run.sent_at for run in found if outage.start <= run.due < outage.end} <= {outage.end}


def test_outages_that_overlap_are_one() -> None:
    outages = [
        Outage(start=START + HOUR, end=START + 3 * HOUR),
        Outage(start=START + 2 * HOUR, end=START + 4 * HOUR),
    ]
    entry = Planned(name="once", times=ClockedTime(moment=START + HOUR))

    (run,) = simulate([entry], START, START + 9 * HOUR, outages=outages)

    assert run.sent_at == START + 4 * HOUR


def test_what_is_sent_at_once_is_in_the_order_of_due_times_and_names() -> None:
    moments = {"c": 3 * HOUR, "b": 3 * HOUR, "d": 2 * HOUR}
    entries = [
        Planned(name=name, times=ClockedTime(moment=START + after))
        for name, after in moments.items()
    ]
    outage = Outage(start=START + HOUR, end=START + 4 * HOUR)

    found = simulate(entries, START, START + 9 * HOUR, outages=[outage])

    assert [run.name for run in found] == ["d", "b", "c"]


@pytest.mark.parametrize("hours", [3, 9])
def test_an_entry_that_expires_in_an_outage_makes_nothing_up(hours: int) -> None:
    entry = Planned(name="hourly", times=HOURLY, expires=START + hours * HOUR)
    outage = Outage(start=START + MINUTE, end=START + 9 * HOUR)

    assert list(simulate([entry], START, START + 10 * HOUR, outages=[outage])) == []


def test_nothing_runs_before_the_start_time() -> None:
    entry = Planned(name="hourly", times=HOURLY, start_time=START + 2 * HOUR)

    found = simulate([entry], START, START + 3 * HOUR)

    assert [run.due for run in found] == [START + 2 * HOUR, START + 3 * HOUR]
