"""The comparison of next runs with what clocks show, at a small size; and its other side."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from .nextruns.clocks import changes_of_zones, shown
from .nextruns.compared import Compared
from .nextruns.crontabs import Crontab, Field

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    "sizes",
    [("crontabs", "--zones=12", "--each=1"), ("year", "--zones=3", "--entries=12", "--days=20")],
)
def test_next_runs_are_as_clocks_show(sizes: tuple[str, ...]) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "integration_tests.nextruns", *sizes],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )

    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    line = json.loads(ran.stdout)
    assert line["wrong"] == 0
    assert line["compared"] > 100


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def make_crontab(minute: str, hour: str, minutes: set[int], hours: set[int]) -> Crontab:
    return Crontab(
        minute=Field(text=minute, means=frozenset(minutes)),
        hour=Field(text=hour, means=frozenset(hours)),
        day_of_week=Field(text="*", means=frozenset(range(7))),
        day_of_month=Field(text="*", means=frozenset(range(32))),
        month=Field(text="*", means=frozenset(range(13))),
    )


HALF_PAST_TWO = make_crontab("30", "2", {30}, {2})
TWICE_BEFORE_THREE = make_crontab("0,30", "2", {0, 30}, {2})
EACH_HALF_HOUR_OF_TWO = make_crontab("*/30", "2", {0, 30}, {2})
FROM_ONE_TO_THREE = make_crontab("0", "1-3", {0}, {1, 2, 3})


@pytest.mark.parametrize(
    ("crontab", "day", "dues"),
    [
        (HALF_PAST_TWO, "2026-03-29", ["01:00"]),
        (TWICE_BEFORE_THREE, "2026-03-29", ["01:00"]),
        (EACH_HALF_HOUR_OF_TWO, "2026-03-29", []),
        (FROM_ONE_TO_THREE, "2026-03-29", ["00:00", "01:00"]),
        (HALF_PAST_TWO, "2026-10-25", ["00:30"]),
        (EACH_HALF_HOUR_OF_TWO, "2026-10-25", ["00:00", "00:30", "01:00", "01:30"]),
        (FROM_ONE_TO_THREE, "2026-10-25", ["00:00", "01:00", "02:00"]),
    ],
)
def test_clocks_follow_the_rules_of_cron(crontab: Crontab, day: str, dues: list[str]) -> None:
    start = at(day) - timedelta(minutes=1)

    found = crontab.due(shown(BERLIN, start, start + timedelta(hours=12)))

    assert [due.strftime("%H:%M") for due in found] == dues


def test_zones_that_are_alike_are_one() -> None:
    names = ["Europe/Paris", "Europe/Berlin", "Asia/Tokyo", "Asia/Seoul"]

    changes = changes_of_zones(names, at("2024-01-01"), at("2025-01-01"))

    assert {str(zone): len(found) for zone, found in changes.items()} == {
        "Asia/Seoul": 0,
        "Europe/Berlin": 2,
    }
    assert changes[BERLIN] == [at("2024-03-31T01:00"), at("2024-10-27T01:00")]


def test_what_is_wrong_is_said() -> None:
    one, two, three = (at(f"2026-01-0{day}") for day in (1, 2, 3))
    compared = Compared()

    compared.add("right", [one, two], [one, two])
    compared.add("wrong", [three, one, one], [one, two])
    compared.add_one("next", found=3, expected=4)

    assert compared.runs == 4
    assert compared.wrong == [
        "wrong: 2026-01-02 00:00:00+00:00 is missing",
        "wrong: 2026-01-03 00:00:00+00:00 is too many",
        "wrong: runs come twice, or not in the order of time",
        "next: 3 where 4 should be",
    ]
