"""Waiting in a process of its own: after a fork, in greenlets, and inside a transaction."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from .results import make_results_project

if TYPE_CHECKING:
    from .conftest import MakeProject
    from .projects import Project

START = """\
import django

django.setup()
from celery import current_app
from celery.result import AsyncResult
from django.db import connection, connections, transaction
from djcelery_models.models import TaskMeta


def store(*task_ids):
    for task_id in task_ids:
        current_app.backend.store_result(task_id, task_id, "SUCCESS")
"""
FORK = (
    START
    + """
import os
from threading import Event, Thread

parked, let_go, came = Event(), Event(), []


def park(execute, *args):
    parked.set()
    let_go.wait()
    return execute(*args)


def wait():
    with connection.execute_wrapper(park):
        came.append(AsyncResult("first").get(timeout=30))
    connection.close()


leader = Thread(target=wait)
leader.start()
parked.wait()
child = os.fork()
if not child:
    os._exit(AsyncResult("second").get(timeout=30) != "second")
store("second")
print("child:", os.waitpid(child, 0)[1])
store("first")
let_go.set()
leader.join()
print("parent:", *came)
"""
)
GREENLETS = (
    """\
from gevent import monkey, sleep, spawn, wait

monkey.patch_all()
"""
    + START
    + """
from django.db.backends.signals import connection_created
from djcelery_backends.waiting import waits_for

NUMBER = 100
opened = []
connection_created.connect(lambda **kwargs: opened.append(1), weak=False)
names = [f"task-{n}" for n in range(NUMBER)]


def get(name):
    try:
        return AsyncResult(name).get(timeout=30)
    finally:
        connection.close()


greenlets = [spawn(get, name) for name in names]
while len(waits_for(TaskMeta, "default").wanted()) < NUMBER:
    sleep(0)
store(*names)
wait(greenlets)
print([greenlet.value for greenlet in greenlets] == names, len(opened) <= 3)
"""
)
SNAPSHOT = (
    START
    + """
import threading


def in_another_thread(function):
    thread = threading.Thread(target=lambda: (function(), connections.close_all()))
    thread.start()
    thread.join()


with transaction.atomic():
    before = AsyncResult("t1").state, TaskMeta.objects.count()
    in_another_thread(lambda: store("t1", "t2"))
    print(*before, AsyncResult("t1").state, AsyncResult("t2").get(timeout=10))
    timer = threading.Timer(0.3, lambda: (store("t3"), connections.close_all()))
    timer.start()
    print(AsyncResult("t3").get(timeout=20), TaskMeta.objects.count())
"""
)
LOCKED = (
    START
    + """
from threading import Timer

writer = connection.copy()
writer.inc_thread_sharing()
writer.cursor().execute("BEGIN EXCLUSIVE")
writer.cursor().execute("UPDATE celery_taskmeta SET hidden = hidden")


def go_on():
    writer.cursor().execute("COMMIT")
    store("t1")
    connections.close_all()


Timer(2.5, go_on).start()
print(AsyncResult("t1").get(timeout=8))
writer.close()
"""
)
WAL = {"init_command": "PRAGMA journal_mode=WAL"}
ISOLATED: dict[str, Any] = {
    "postgresql": {"OPTIONS": {"isolation_level": 3}},  # psycopg's number of REPEATABLE READ
    "mysql": {"OPTIONS": {"isolation_level": "repeatable read"}},
    "sqlite": {"OPTIONS": WAL},
}
ISOLATED_BY_SERVER = {"OPTIONS": {"options": r"-c default_transaction_isolation=repeatable\ read"}}
needs_gevent = pytest.mark.skipif(find_spec("gevent") is None, reason="gevent is not installed")


def make_project_in(make: MakeProject, database: dict[str, Any]) -> Project:
    return make_results_project(make, "", database=database)


def named_vendor() -> str:
    scheme = os.environ.get("DATABASE_URL", "sqlite:").partition(":")[0]
    return {"postgres": "postgresql", "mysql2": "mysql"}.get(scheme, scheme)


def test_a_fork_waits_for_itself_and_leaves_its_parent_waiting(make_project: MakeProject) -> None:
    project = make_project_in(make_project, {})

    printed = project.python(FORK)

    assert "child: 0\nparent: first\n" in printed
    assert "Traceback" not in printed


@needs_gevent
def test_greenlets_wait_together(make_project: MakeProject) -> None:
    project = make_project_in(make_project, {})

    printed = project.python(GREENLETS)

    assert "True True" in printed.splitlines(), printed


@pytest.mark.parametrize(
    "database",
    [
        pytest.param(ISOLATED[named_vendor()], id="as OPTIONS say"),
        pytest.param(ISOLATED_BY_SERVER, id="by the server", marks=pytest.mark.postgresql),
    ],
)
def test_a_transaction_that_sees_a_snapshot_hides_no_result(
    make_project: MakeProject, database: dict[str, Any]
) -> None:
    project = make_project_in(make_project, database)

    printed = project.python(SNAPSHOT).splitlines()

    assert printed[-2:] == ["PENDING 0 SUCCESS t2", "t3 0"]


@pytest.mark.skipif(named_vendor() != "sqlite", reason="the others lock rows")
def test_who_waits_is_not_told_of_a_file_that_was_locked_for_too_long(
    make_project: MakeProject,
) -> None:
    project = make_project_in(make_project, {"OPTIONS": {"timeout": 2}})

    printed = project.python(LOCKED).splitlines()

    assert printed[-1] == "t1"
    assert printed[0] == (
        "A look for results is put off: database is locked; WAL mode lets readers in"
    )
