"""Real workers keep their database connections, and outlive the end of all of them."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from .services import end_connections

if TYPE_CHECKING:
    from .conftest import MakeProject
    from .projects import Project

TASKS = """\
from celery import shared_task
from django.db import connection

NUMBER = {"postgresql": "pg_backend_pid()", "mysql": "connection_id()"}


@shared_task
def number_of_connection():
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {NUMBER[connection.vendor]}")
        return cursor.fetchone()[0]
"""
POOL = {"pool": {"min_size": 1, "max_size": 1, "timeout": 10}}
needs_gevent = pytest.mark.skipif(find_spec("gevent") is None, reason="gevent is not installed")
POOLS = [
    "prefork",
    "threads",
    "solo",
    pytest.param("gevent", marks=needs_gevent),
]
SERVERS = [
    pytest.param({}, id="postgresql", marks=pytest.mark.postgresql),
    pytest.param({"OPTIONS": POOL}, id="postgresql-pool", marks=pytest.mark.postgresql),
    pytest.param({}, id="mariadb", marks=pytest.mark.mariadb),
]


@pytest.fixture(scope="module", params=POOLS)
def pool(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module", params=SERVERS)
def project(request: pytest.FixtureRequest, pool: str, make_shared_project: MakeProject) -> Project:
    """A project whose worker runs one task at a time."""
    project = make_shared_project(database=request.param, files={"shop/tasks.py": TASKS})
    project.worker("-c", "1", pool=pool)
    return project


def is_pooled(project: Project) -> bool:
    return "pool" in project.settings["DATABASES"]["default"].get("OPTIONS", {})


def test_the_next_task_succeeds_after_the_server_has_ended_all_connections(
    project: Project, pool: str
) -> None:
    first = project.call("number_of_connection")

    ended = end_connections(project.settings["DATABASES"]["default"])

    assert project.call("number_of_connection") != first
    assert ended >= 1 or pool == "gevent"


def test_a_connection_is_kept_between_two_tasks(project: Project, pool: str) -> None:
    numbers = {project.call("number_of_connection") for _ in range(3)}

    if pool == "gevent" and not is_pooled(project):
        assert len(numbers) == 3
    else:
        assert len(numbers) == 1
