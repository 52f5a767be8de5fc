"""Measurements of results run, at their smallest, and judge what they measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from argparse import Namespace
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.results.baseline import compare, is_within
from benchmarks.targets import require_targets
from benchmarks.turns import percentile, ratios, turns

if TYPE_CHECKING:
    from pathlib import Path


def bench(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "DATABASE_URL": os.environ.get("DATABASE_URL", f"sqlite:///{folder}/database")
    }
    command = [sys.executable, "-m", "benchmarks", "results", *arguments, "--quick"]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=100, check=False
    )


def lines(ran: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


@pytest.mark.parametrize("measurement", ["pair", "join"])
def test_a_measurement_sums_up_its_rounds(measurement: str, tmp_path: Path) -> None:
    *rounds, summary = lines(bench(measurement, "--impl", "peer,ours,limit", folder=tmp_path))

    assert [line["impl"] for line in rounds] == ["limit", "ours", "peer", "peer", "ours", "limit"]
    assert summary["figures"].keys() >= {"peer", "ours", "limit", "ours/peer", "ours/limit"}
    assert summary["n"] == rounds[0]["n"]
    assert not list(tmp_path.iterdir())


@pytest.mark.postgresql
def test_a_thread_is_woken_by_another_process(tmp_path: Path) -> None:
    *rounds, _summary = lines(bench("wake", "--impl", "ours,limit", folder=tmp_path))

    assert [(line["impl"], line["wake_ups"]) for line in rounds] == [
        *(("limit", 2), ("ours", 2)),
        *(("limit", 10), ("ours", 10)),
    ]


@pytest.mark.postgresql
def test_a_clean_up_leaves_what_is_not_expired(tmp_path: Path) -> None:
    *rounds, _summary = lines(bench("cleanup", folder=tmp_path))

    assert {line["impl"] for line in rounds} >= {"peer-signal", "ours-signal", "limit"}


@pytest.mark.postgresql
@pytest.mark.rabbitmq
def test_a_worker_stores_what_it_runs(tmp_path: Path) -> None:
    *rounds, _summary = lines(bench("worker", "--impl", "ours,limit-store", folder=tmp_path))

    assert [line["impl"] for line in rounds] == ["limit-store", "ours"]


@pytest.mark.parametrize(
    ("minimum", "maximum", "said"),
    [
        ([("ours/limit", 0.6)], [], "ours/limit is 0.5: 0.6 at least"),
        ([], [("ours/limit", 0.4)], "ours/limit is 0.5: 0.4 at most"),
        ([("ours/absent", 1.0)], [], "ours/absent was not measured"),
    ],
)
def test_a_missed_target_fails(
    minimum: list[tuple[str, float]], maximum: list[tuple[str, float]], said: str
) -> None:
    arguments = Namespace(minimum=minimum, maximum=maximum)

    with pytest.raises(SystemExit, match=said):
        require_targets(arguments, {"ours/limit": 0.5})


def test_targets_that_are_reached_pass() -> None:
    reached = [("ours/limit", 0.5)]

    require_targets(Namespace(minimum=reached, maximum=reached), {"ours/limit": 0.5})


@pytest.mark.parametrize(
    ("measured", "given", "expected"),
    [
        (5.1, (5.1, 7.3), True),
        (7.4, (5.1, 7.3), False),
        (114, (100,), True),
        (84, (100,), False),
    ],
)
def test_a_ratio_fits_a_range_or_a_figure_within_15_percent(
    measured: float, given: tuple[float, ...], *, expected: bool
) -> None:
    assert is_within(measured, given) is expected


def test_a_run_says_whether_it_is_like_the_one_before() -> None:
    compared = compare("store mysql", {"limit/peer": 9.9, "ours/peer": 3.0})

    assert compared == {"limit/peer": {"given": 5.2, "measured": 9.9, "within": False}}


def test_every_other_round_goes_backwards() -> None:
    assert list(turns("ab", 2)) == [(0, "b"), (0, "a"), (1, "a"), (1, "b")]


def test_a_ratio_needs_both_figures() -> None:
    assert ratios({"a": 3, "b": 2, "c": 0}, ["a/b", "a/c", "a/d"]) == {"a/b": 1.5}


@pytest.mark.parametrize(("percent", "expected"), [(50, 50), (99, 99), (100, 100)])
def test_a_percentile_is_one_of_the_values(percent: int, expected: int) -> None:
    assert percentile(range(1, 101), percent) == expected
