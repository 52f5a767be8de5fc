"""Results through PgBouncer in transaction mode: each transaction on another connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from celery import chord
from celery.result import ResultSet
from djcelery_models.models import TaskMeta

from .clients import client_of
from .poolers import pgbouncer, program
from .results import make_results_project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import MakeProject
    from .projects import Project

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.skipif(program() is None, reason="pgbouncer is not installed"),
]
NUMBER = 250
TASKS = """\
from celery import shared_task

STATES = ("STARTED", "PROGRESS", "RETRY", "FAILURE")


@shared_task
def double(x):
    return 2 * x


@shared_task
def total(values):
    return sum(values)


@shared_task(bind=True)
def store_many(self, name, number):
    for n in range(number):
        for state in STATES:
            result = KeyError(name) if state in {"RETRY", "FAILURE"} else {"done": n}
            self.backend.store_result(f"{name}-{n}", result, state)
        self.backend.store_result(f"{name}-{n}", n, "SUCCESS")
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with pgbouncer(tmp_path_factory.mktemp("pgbouncer")) as port:
        yield port


@pytest.fixture(scope="module")
def shared_project(port: int, make_shared_project: MakeProject) -> Project:
    database = {"HOST": "127.0.0.1", "PORT": port, "DISABLE_SERVER_SIDE_CURSORS": True}
    project = make_results_project(make_shared_project, TASKS, database=database)
    project.worker("-c", "2", pool="prefork")
    return project


@pytest.fixture
def project(shared_project: Project, django_db_blocker: Any) -> Iterator[Project]:
    with django_db_blocker.unblock(), client_of(shared_project):
        yield shared_project


def test_thousands_of_stores_share_two_connections(project: Project) -> None:
    (worker,) = project.processes

    ResultSet([project.send("store_many", name, NUMBER) for name in "ab"]).join(timeout=60)

    expected = {f"{name}-{n}": n for name in "ab" for n in range(NUMBER)}
    rows = TaskMeta.objects.filter(task_id__in=expected)
    assert {row.task_id: row.result for row in rows} == expected
    assert {row.status for row in rows} == {"SUCCESS"}
    assert "could not be stored" not in worker.output


def test_results_are_waited_for(project: Project) -> None:
    results = ResultSet([project.send("double", number) for number in range(50)])

    assert results.join_native(timeout=30) == [2 * number for number in range(50)]


def test_a_chord_is_counted(project: Project) -> None:
    header = [project.app.signature("shop.tasks.double", (number,)) for number in range(20)]

    result = chord(header, app=project.app)(project.app.signature("shop.tasks.total"))

    assert result.get(timeout=30) == 2 * sum(range(20))
