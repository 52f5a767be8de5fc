"""Chords fire once: when their last parts race, and when a worker is killed at any statement."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from celery import chord
from celery.exceptions import ChordError

from .clients import Tasks, assert_no_chord_is_left, client_of
from .results import make_results_project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoDbBlocker

    from .conftest import MakeProject
    from .projects import Project

TASKS = """\
import os
import signal
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep

from celery import shared_task
from celery.signals import task_postrun
from django.db.backends.signals import connection_created
from djcelery_backends import chords, sweeper

FOLDER = Path(__file__).parents[1]
BARRIER_SECONDS = 20

chords.STALE = timedelta(seconds=2)
sweeper.INTERVAL_SECONDS = 0.5
death = None
executed = 0


def die(when):
    if death is not None and death[1:] == (when, executed):
        (FOLDER / "killed-{}-{}-{}".format(*death)).touch()
        os.kill(os.getpid(), signal.SIGKILL)


def count_statement(execute, *arguments):
    global executed
    executed += 1
    die("before")
    done = execute(*arguments)
    die("after")
    return done


def watch(connection, **kwargs):
    if count_statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(count_statement)


def die_at(*new_death):
    # the statement of that number from now on, unless it was died at before
    global death, executed
    executed = 0
    done = (FOLDER / "killed-{}-{}-{}".format(*new_death)).exists()
    death = None if done else new_death


def live(**kwargs):
    global death
    death = None


connection_created.connect(watch)
task_postrun.connect(live)


@shared_task(acks_late=True, reject_on_worker_lost=True)
def die_once(x, when, number):
    die_at("die_once", when, number)
    return x


@shared_task
def die_unseen(x, when, number):
    die_at("die_unseen", when, number)
    return x


@shared_task
def meet(name, size):
    (FOLDER / f"{name}-{os.getpid()}").touch()
    deadline = monotonic() + BARRIER_SECONDS
    while len(list(FOLDER.glob(f"{name}-*"))) < size:
        assert monotonic() < deadline
        sleep(0.001)
    return 1


@shared_task(bind=True)
def total(task, values, name):
    with (FOLDER / f"fired-{name}").open("a") as file:
        file.write(f"{task.request.id}\\n")
    return sum(values)
"""
SECONDS = 60
RACERS = 8
RACES = 10
NUMBERS = range(1, 16)
"""Of statements: more than the last part of a chord makes, with the body that it sends."""
ON_A_SERVER = "DATABASE_URL" in os.environ
FEWEST = 8 if ON_A_SERVER else 7
"""A new connection begins with one or two of its own."""
ATTEMPTS = 5
"""The sweeper may be faster than the part, which has fewer statements to make then."""


@pytest.fixture(scope="module")
def shared_project(make_shared_project: MakeProject) -> Project:
    """A project with a worker of eight processes, whose results are in the database."""
    database = {} if ON_A_SERVER else {"OPTIONS": {"timeout": 30}}
    project = make_results_project(make_shared_project, TASKS, database=database)
    project.worker("-c", str(RACERS), pool="prefork")
    return project


@pytest.fixture
def project(shared_project: Project, django_db_blocker: DjangoDbBlocker) -> Iterator[Project]:
    """The project; the client in this process has its database."""
    with django_db_blocker.unblock(), client_of(shared_project) as known:
        yield known


def fired(project: Project, name: str) -> list[str]:
    """The ids under which the body with this name has run."""
    path = project.path / f"fired-{name}"
    return path.read_text().split() if path.exists() else []


def test_a_chord_whose_last_parts_race_fires_once(project: Project) -> None:
    tasks = Tasks(project.app)

    for name in (f"race{number}" for number in range(RACES)):
        header = [tasks.meet(name, RACERS) for _ in range(RACERS)]
        result = chord(header, tasks.total(name)).delay()

        assert result.get(timeout=SECONDS) == RACERS
        assert_no_chord_is_left()
        assert fired(project, name) == [result.id]


@pytest.mark.parametrize("task", ["die_once", "die_unseen"])
def test_a_chord_fires_wherever_the_last_part_is_killed(project: Project, task: str) -> None:
    wanted = {(when, number) for when in ("before", "after") for number in NUMBERS}

    for attempt in range(ATTEMPTS):
        assert_chords_fire(project, task, wanted, attempt)
        alive = {place for place in wanted if not has_died(project, task, *place)}
        wanted = {(when, number) for when, number in alive if number <= FEWEST}
        if not attempt:
            assert {(when, NUMBERS[-1]) for when in ("before", "after")} <= alive
        if not wanted:
            break

    assert not wanted


def assert_chords_fire(
    project: Project, task: str, places: set[tuple[str, int]], attempt: int
) -> None:
    """Send a chord for each place where its last part is to be killed; each ends as it should."""
    tasks = Tasks(project.app)
    results = {}
    for when, number in sorted(places):
        name = f"{task}-{when}-{number}-{attempt}"
        header = [getattr(tasks, task)(1, when, number)]
        results[name] = chord(header, tasks.total(name)).delay()

    ends = {name: one.get(timeout=SECONDS, propagate=False) for name, one in results.items()}

    assert_no_chord_is_left()
    for name, end in ends.items():
        is_lost = isinstance(end, ChordError) and "WorkerLostError" in str(end)
        assert end == 1 or (is_lost and task == "die_unseen"), name
        assert set(fired(project, name)) == (set() if is_lost else {results[name].id})


def has_died(project: Project, task: str, when: str, number: int) -> bool:
    return (project.path / f"killed-{task}-{when}-{number}").exists()
