"""What the change log says of database connections, seen from inside a real worker.

2.5.1: ``CELERY_DB_REUSE_MAX`` is honoured; 2.5.2: the connection is not closed for eager tasks;
2.5.0: "Connection already closed" is ignored; 2.2.0: an embedded beat closes what it inherits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import MakeProject
    from .projects import Project

TASKS = """\
from celery import shared_task
from django.db import connection
from django.db.backends.signals import connection_created

opened = []
connection_created.connect(lambda **kwargs: opened.append(1), weak=False)


@shared_task
def number_of_connection():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return len(opened)


@shared_task
def before_and_after_eager_tasks():
    first = number_of_connection()
    for _ in range(5):
        number_of_connection.apply()
    return first, number_of_connection()


@shared_task
def close_behind_djangos_back():
    number_of_connection()
    connection.connection.close()
"""


BEAT_TASKS = """\
from celery import signals
from django.db import connection

of_the_worker = []


@signals.worker_init.connect
def open_a_connection(**kwargs):
    connection.ensure_connection()
    of_the_worker.append(connection.connection)
    signals.beat_embedded_init.connect(look)  # so that it is called last


def look(**kwargs):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    is_shared = connection.connection in of_the_worker
    print("connection of the worker" if is_shared else "connection of its own")
"""


@pytest.fixture(scope="module")
def project(make_shared_project: MakeProject) -> Project:
    """A project whose worker uses a connection for two tasks."""
    settings = {"INSTALLED_APPS": ["djcelery", "shop"], "CELERY_DB_REUSE_MAX": 2}
    project = make_shared_project(settings=settings, files={"shop/tasks.py": TASKS})
    project.worker()
    return project


def test_a_connection_serves_celery_db_reuse_max_tasks(project: Project) -> None:
    first, *others = [project.call("number_of_connection") for _ in range(5)]

    assert [number - first for number in others] in ([0, 1, 1, 2], [1, 1, 2, 2])


def test_eager_tasks_leave_the_connection_of_their_caller_open(project: Project) -> None:
    before, after = project.call("before_and_after_eager_tasks")

    assert after == before


def test_a_connection_that_is_already_closed_is_no_error(project: Project) -> None:
    (worker,) = project.processes
    before = project.call("number_of_connection")

    project.call("close_behind_djangos_back")

    assert project.call("number_of_connection") > before
    assert "Traceback" not in worker.output


def test_an_embedded_beat_shares_no_connection_with_the_worker_that_forked_it(
    make_project: MakeProject,
) -> None:
    project = make_project(files={"shop/tasks.py": BEAT_TASKS})

    options = ("-B", "-c", "1", "-s", "schedule", "-l", "INFO")
    project.celery("worker", *options, ready="connection of its own")
