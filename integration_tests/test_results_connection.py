"""Workers store results over a connection of their own, beside Celery's own fixup too."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from .clients import assert_soon, client_of
from .results import make_results_project
from .services import LISTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import MakeProject
    from .projects import Project

TASKS = """\
import os
import time
from contextlib import suppress
from pathlib import Path

from celery import shared_task
from django.db import connection, transaction
from djcelery_backends.connection import own_connection

NUMBER = {"postgresql": "pg_backend_pid()", "mysql": "connection_id()"}


@shared_task
def double(x):
    return 2 * x


@shared_task
def connections():
    with own_connection("default").serving() as own:
        return os.getpid(), number(own)


def number(connection):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {NUMBER[connection.vendor]}")
        return cursor.fetchone()[0]


@shared_task
def use_the_database():
    connection.ensure_connection()
    return number(connection)


@shared_task(bind=True)
def roll_back(self, said, seen):
    with suppress(ZeroDivisionError), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        self.update_state(state="PROGRESS", meta={"done": 1})
        Path(said).touch()
        while not Path(seen).exists():
            time.sleep(0.01)
        1 / 0
    return self.AsyncResult(self.request.id).state
"""
needs_gevent = pytest.mark.skipif(find_spec("gevent") is None, reason="gevent is not installed")
KINDS = [
    pytest.param(("prefork", False), id="prefork-fixup"),
    pytest.param(("prefork", True), id="prefork-loader"),
    pytest.param(("threads", False), id="threads-fixup"),
    pytest.param(("solo", False), id="solo-fixup"),
    pytest.param(("gevent", False), id="gevent-fixup", marks=needs_gevent),
]
on_a_server = pytest.mark.parametrize(
    "vendor",
    [
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mysql", marks=pytest.mark.mariadb),
    ],
)


@pytest.fixture(scope="module", params=KINDS)
def shared_project(request: pytest.FixtureRequest, make_shared_project: MakeProject) -> Project:
    """A project with a worker of two processes, threads or greenlets."""
    pool, has_loader = request.param
    project = make_results_project(make_shared_project, TASKS, has_loader=has_loader)
    project.worker("-c", "2", pool=pool)
    return project


@pytest.fixture
def project(shared_project: Project, django_db_blocker: Any) -> Iterator[Project]:
    with django_db_blocker.unblock(), client_of(shared_project):
        yield shared_project


def test_results_come_from_each_pool_with_and_without_the_loader(project: Project) -> None:
    results = [project.send("double", number) for number in range(50)]

    assert [result.get(timeout=30) for result in results] == [2 * n for n in range(50)]


@on_a_server
def test_each_process_keeps_one_connection_over_all_tasks(project: Project, vendor: str) -> None:
    results = [project.send("connections") for _ in range(50)]

    seen = [result.get(timeout=30) for result in results]

    own = {(process, number) for process, number in seen}
    assert len({process for process, _ in own}) == len({number for _, number in own}) == len(own)


@on_a_server
def test_progress_is_seen_before_and_kept_after_a_transaction_of_a_task(
    project: Project, tmp_path: Any, vendor: str
) -> None:
    said, seen = tmp_path / "said", tmp_path / "seen"
    result = project.send("roll_back", str(said), str(seen))

    assert_soon(said.exists)
    state: str = result.state
    seen.touch()

    assert state == "PROGRESS"
    assert result.get(timeout=20) == "PROGRESS"


@on_a_server
@pytest.mark.parametrize(("kind", "number"), [("own", 3), ("shared", 1)])
def test_a_connection_that_is_shared_is_one_less_in_each_process(
    make_project: MakeProject, django_db_blocker: Any, kind: str, number: int, vendor: str
) -> None:
    settings = {"DJCELERY_BACKENDS_CONNECTION": kind}
    project = make_results_project(make_project, TASKS, settings=settings)
    project.worker("-c", "1", pool="prefork")

    with django_db_blocker.unblock(), client_of(project):
        project.call("use_the_database")

        assert_soon(lambda: number_of_connections() == number + 1)  # and that of this process


def number_of_connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute(LISTED[connection.vendor], [connection.settings_dict["NAME"]])
        return len(cursor.fetchall())
