"""What a running worker asks of the database for a task: counted where it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from celery import chord

from .clients import Tasks, client_of
from .results import make_results_project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoDbBlocker

    from .conftest import MakeProject
    from .projects import Project

TASKS = """\
from pathlib import Path

from celery import shared_task
from django.db.backends.signals import connection_created

STATEMENTS = Path(__file__).parents[1] / "statements"


def note(execute, sql, params, many, context):
    words = sql.split()
    is_atomic = context["connection"].in_atomic_block
    said = "in a transaction" if is_atomic else "alone"
    with STATEMENTS.open("a") as file:
        file.write(f"{words[0]} {said}\\n")
    return execute(sql, params, many, context)


def watch(connection, **kwargs):
    if note not in connection.execute_wrappers:
        connection.execute_wrappers.append(note)


connection_created.connect(watch)


@shared_task
def double(x):
    return 2 * x


@shared_task(track_started=True)
def begin(x):
    return x


@shared_task(ignore_result=True)
def forget(x):
    return x


@shared_task
def total(values):
    return sum(values)
"""
TIMEOUT = 20


@pytest.fixture(scope="module")
def shared_project(make_shared_project: MakeProject) -> Project:
    """A project with a worker of one process, which has its connection open already."""
    project = make_results_project(make_shared_project, TASKS)
    project.worker("-c", "1", pool="prefork")
    return project


@pytest.fixture
def project(shared_project: Project, django_db_blocker: DjangoDbBlocker) -> Iterator[Project]:
    with django_db_blocker.unblock(), client_of(shared_project) as known:
        known.call("double", 1)
        (known.path / "statements").write_text("")
        yield known


def statements(project: Project) -> list[str]:
    """What the worker has asked since the test began."""
    return (project.path / "statements").read_text().splitlines()


def test_a_store_is_one_statement(project: Project) -> None:
    results = [project.send("double", number) for number in range(5)]

    assert [result.get(timeout=TIMEOUT) for result in results] == [0, 2, 4, 6, 8]
    assert statements(project) == ["INSERT alone"] * 5


def test_a_task_that_tells_of_its_start_stores_twice(project: Project) -> None:
    assert project.call("begin", 1) == 1
    assert statements(project) == ["INSERT alone"] * 2


def test_a_result_that_is_ignored_costs_nothing(project: Project) -> None:
    project.send("forget", 1)

    assert project.call("double", 1) == 2  # by the same process, afterwards
    assert statements(project) == ["INSERT alone"]


def test_a_part_of_a_chord_is_one_transaction(project: Project) -> None:
    tasks = Tasks(project.app)
    header = [tasks.double(number) for number in range(3)]

    assert chord(header, tasks.total()).delay().get(timeout=TIMEOUT) == 6

    part = [f"{word} in a transaction" for word in ("INSERT", "INSERT", "UPDATE", "SELECT")]
    asked = [statement for statement in statements(project) if statement != "BEGIN alone"]
    assert asked[: 3 * len(part)] == 3 * part
    assert asked[3 * len(part) :].count("INSERT alone") == 1  # of the body
