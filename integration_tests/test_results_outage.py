"""No result is lost while the database of the results is away for some seconds."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

import dj_database_url
import pytest

from .clients import client_of
from .proxies import Proxy
from .results import make_results_project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import MakeProject
    from .projects import Project

AWAY_SECONDS = 10
PORTS = [
    pytest.param(5432, id="postgresql", marks=pytest.mark.postgresql),
    pytest.param(3306, id="mariadb", marks=pytest.mark.mariadb),
]
TASKS = """\
from celery import shared_task


@shared_task
def double(x):
    return 2 * x
"""


@pytest.fixture(params=PORTS)
def proxy(request: pytest.FixtureRequest) -> Iterator[Proxy]:
    """What stands between a project and the server of its database."""
    host, port = server_address(request.param)
    with Proxy(host, port) as made:
        yield made


def server_address(usual_port: int) -> tuple[str, int]:
    server = dj_database_url.parse(os.environ["DATABASE_URL"])
    return server.get("HOST") or "127.0.0.1", int(server.get("PORT") or usual_port)


def make_project_behind(proxy: Proxy, make: MakeProject, **settings: Any) -> Project:
    database = {"HOST": "127.0.0.1", "PORT": proxy.port}
    return make_results_project(make, TASKS, settings=settings, database=database)


def test_no_result_is_lost_while_the_database_is_away(
    proxy: Proxy, make_project: MakeProject, django_db_blocker: Any
) -> None:
    project = make_project_behind(proxy, make_project)
    worker = project.worker("-c", "2", pool="prefork")
    with django_db_blocker.unblock(), client_of(project):
        assert project.call("double", 1) == 2

        proxy.stop()
        results = [project.send("double", number) for number in range(20)]
        worker.wait_for("could not be stored, trying for 60 s")
        threading.Event().wait(AWAY_SECONDS)
        proxy.start()

        assert [result.get(timeout=60) for result in results] == [2 * n for n in range(20)]
        assert project.call("double", 21) == 42


def test_a_result_that_is_given_up_is_named(
    proxy: Proxy, make_project: MakeProject, django_db_blocker: Any
) -> None:
    project = make_project_behind(proxy, make_project, DJCELERY_BACKENDS_RETRY_SECONDS=0.5)
    worker = project.worker("-c", "1", pool="prefork")
    with django_db_blocker.unblock(), client_of(project):
        proxy.stop()
        result = project.send("double", 1)
        worker.wait_for(f"the result of {result.id} was not stored; tried for 0.5 s")
        proxy.start()

        assert project.call("double", 2, timeout=60) == 4
