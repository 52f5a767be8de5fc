"""The times of the sun."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from djcelery_models.solartimes import SolarTimes

BERLIN = (52.52, 13.405)
TROMSO = (69.65, 18.96)
START = datetime(2026, 3, 20, tzinfo=UTC)


def listed(times: SolarTimes, start: datetime, number: int) -> list[datetime]:
    found: list[datetime] = []
    due = times.next_after(start)
    while due is not None and len(found) < number:
        found.append(due)
        due = times.next_after(due)
    return found


@pytest.mark.parametrize(
    "event", ["sunrise", "solar_noon", "sunset", "dawn_civil", "dusk_nautical"]
)
def test_an_event_comes_once_a_day(event: str) -> None:
    found = listed(SolarTimes(event=event, latitude=BERLIN[0], longitude=BERLIN[1]), START, 200)

    assert len(found) == 200
    apart = [later - due for due, later in pairwise(found)]
    assert min(apart) > timedelta(hours=23, minutes=50)
    assert max(apart) < timedelta(hours=24, minutes=10)


def test_as_many_are_counted_as_there_are_days() -> None:
    times = SolarTimes(event="sunset", latitude=BERLIN[0], longitude=BERLIN[1])

    assert times.count(START, START + timedelta(days=30)) == 30
    assert times.count(START, START) == 0


def test_at_the_equinox_the_sun_rises_at_six_in_solar_time() -> None:
    due = SolarTimes(event="sunrise", latitude=0, longitude=0).next_after(START)

    assert due is not None
    assert abs(due - START.replace(hour=6)) < timedelta(minutes=12)


def test_where_the_sun_does_not_set_the_next_time_is_weeks_away() -> None:
    midsummer = datetime(2026, 6, 21, tzinfo=UTC)

    due = SolarTimes(event="sunset", latitude=TROMSO[0], longitude=TROMSO[1]).next_after(midsummer)

    assert due is not None
    assert due.month == 7


@pytest.mark.parametrize(
    ("event", "latitude", "longitude", "named"),
    [
        ("midnight", 0, 0, "midnight"),
        ("sunrise", 91, 0, "91"),
        ("sunrise", 0, -181, "-181"),
    ],
)
def test_what_does_not_exist_is_refused(
    event: str, latitude: float, longitude: float, named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        SolarTimes(event=event, latitude=latitude, longitude=longitude).next_after(START)
