"""Beats whose clock is set an hour forward and back while they send."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from .beats.setclock import library
from .soak.servers import find_program

SIZES = ("--entries=2", "--cut")


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(find_program(program) is None, reason=f"{program} is not installed")


@pytest.mark.skipif(library() is None, reason="faketime is not installed")
@pytest.mark.rabbitmq
@pytest.mark.parametrize(
    "database",
    [
        "sqlite",
        pytest.param("postgresql", marks=[pytest.mark.postgresql, needs("initdb")]),
        pytest.param("mariadb", marks=[pytest.mark.mariadb, needs("mariadbd")]),
    ],
)
def test_each_run_comes_once_whatever_becomes_of_the_clock(database: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "integration_tests.beats.clocks", database, *SIZES],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )

    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    line = json.loads(ran.stdout)
    assert (line["wrong"], line["sent_while_back"]) == (0, 0)
    assert line["passed_over"] > 3 * 3_000
