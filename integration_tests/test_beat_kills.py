"""Beats that are killed while broker and database go away, at the smallest size."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

SIZES = ("--entries=40", "--seconds=8", "--away=2", "--kill-every=1.5", "--stops=3")


def soak(*options: str) -> list[dict[str, Any]]:
    """The lines of a run in which nothing was wrong."""
    database = "given" if "DATABASE_URL" in os.environ else "sqlite"
    ran = subprocess.run(
        [sys.executable, "-m", "integration_tests.beats", database, *SIZES, *options],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    return [json.loads(line) for line in ran.stdout.splitlines()]


@pytest.mark.parametrize(
    "scheme",
    [
        pytest.param("amqp", marks=pytest.mark.rabbitmq),
        pytest.param("redis", marks=pytest.mark.redis),
    ],
)
def test_no_run_is_lost_and_none_has_two_ids(scheme: str) -> None:
    *lines, stops = soak()

    assert (stops["stops"], stops["duplicates"], stops["wrong"]) == (3, 0, 0)
    assert [line["policy"] for line in lines] == ["run_all", "run_once"]
    for line in lines:
        assert line["broker"] == scheme
        assert line["wrong"] == 0
        assert line["killed"] >= 3
        assert line["sent"] > 40


@pytest.mark.rabbitmq
def test_no_run_is_lost_that_beats_execute_themselves() -> None:
    line, stops = soak("--eager", "--policies=run_all")

    assert (stops["duplicates"], stops["wrong"], line["wrong"]) == (0, 0, 0)
    assert line["killed"] >= 3
