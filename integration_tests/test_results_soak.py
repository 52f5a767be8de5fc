"""The soak, at its smallest; and that it notices what is wrong."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from celery import Celery, states
from djcelery_models.models import ChordMeta, TaskMeta

from .soak.checking import Execution, duplicates, find_wrong, read_executions
from .soak.plan import KINDS, Planned, Unit, plan, whole_chord

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SIZES = ("--tasks=600", "--chord-size=20", "--kill-every=1", "--stale=3")


@pytest.mark.rabbitmq
def test_results_outlive_workers() -> None:
    database = "given" if "DATABASE_URL" in os.environ else "sqlite"

    ran = subprocess.run(
        [sys.executable, "-m", "integration_tests.soak", database, *SIZES],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    line = json.loads(ran.stdout)
    assert line["wrong"] == 0
    assert line["mains_killed"]
    assert line["children_killed"]


@pytest.fixture
def app() -> Celery:
    return Celery("soak", set_as_current=False, result_backend="djcelery-database")


def make_planned(app: Celery) -> Planned:
    unit = Unit(app=app, name="chord-0", chord_size=3, random=random.Random(1))
    return unit, whole_chord(unit)


BODY = "chord-0-3"


def store_expected(app: Celery, planned: Planned) -> Counter[Execution]:
    """Store each result as it must be; returns one execution of each task."""
    expected = planned[0].expected
    for task_id, end in expected.items():
        if end is not None:
            app.backend.store_result(task_id, end.value, end.state)
    return Counter(
        Execution(task_id=one, retries=0, chord=one if one == BODY else None) for one in expected
    )


def lose(app: Celery, executions: Counter[Execution]) -> None:
    TaskMeta.objects.filter(task_id=BODY).delete()


def change(app: Celery, executions: Counter[Execution]) -> None:
    app.backend.store_result(BODY, -1, states.SUCCESS)


def add_stranger(app: Celery, executions: Counter[Execution]) -> None:
    app.backend.store_result("stranger", 1, states.SUCCESS)


def execute_under_another_id(app: Celery, executions: Counter[Execution]) -> None:
    executions[Execution(task_id="chord-0-1", retries=0, chord=BODY)] = 1


def execute_stranger(app: Celery, executions: Counter[Execution]) -> None:
    executions[Execution(task_id="stranger", retries=0, chord=None)] = 1


def leave_out(app: Celery, executions: Counter[Execution]) -> None:
    del executions[Execution(task_id=BODY, retries=0, chord=BODY)]


def leave_chord(app: Celery, executions: Counter[Execution]) -> None:
    ChordMeta.objects.create(group_id="header", header="[]", body="", size=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lose, f"{BODY} has no result"),
        (change, f"{BODY} has ended as ('SUCCESS', -1)"),
        (add_stranger, "stranger has a result, but was never sent"),
        (execute_under_another_id, f"the body of {BODY} was executed as chord-0-1"),
        (execute_stranger, "stranger was executed, but never sent"),
        (leave_out, f"{BODY} was never executed"),
        (leave_chord, "<Chord: header None/1> was not fired"),
    ],
)
def test_what_is_wrong_is_said(
    app: Celery, spoil: Callable[[Celery, Counter[Execution]], None], said: str
) -> None:
    planned = make_planned(app)
    executions = store_expected(app, planned)
    assert list(find_wrong(app, [planned], executions)) == []

    spoil(app, executions)

    (wrong,) = find_wrong(app, [planned], executions)
    assert wrong.startswith(said)


def test_a_plan_is_the_same_for_the_same_seed(app: Celery) -> None:
    one, same, other = (plan(app, seed=seed, tasks=200, chord_size=10) for seed in (1, 1, 2))

    assert [unit.expected for unit, _ in one] == [unit.expected for unit, _ in same]
    assert [unit.expected for unit, _ in one] != [unit.expected for unit, _ in other]
    assert {unit.name.rpartition("-")[0] for unit, _ in one} == set(KINDS)


def test_an_attempt_that_was_begun_twice_is_a_duplicate(tmp_path: Path) -> None:
    noted = tmp_path / "executions"
    noted.write_text("a 0 -\na 1 -\na 0 -\nb 0 b\n")

    executions = read_executions(noted)

    assert duplicates(executions) == 1
