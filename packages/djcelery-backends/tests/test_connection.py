"""Over which connection results are stored: in a worker, in its tasks, and in tests."""

from __future__ import annotations

import logging
import threading
import time
import unittest
from contextlib import contextmanager, suppress
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from celery import Celery, _state
from celery.app.trace import build_tracer
from celery.contrib.testing.worker import start_worker
from celery.result import AsyncResult
from celery.signals import task_postrun, task_prerun
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test import TestCase
from djcelery_backends import connection as connections_of_results
from djcelery_backends.connection import in_worker, is_in_memory
from djcelery_models.models import TaskMeta

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django import DjangoDbBlocker, Settings

pytestmark = pytest.mark.django_db(transaction=True)

COUNTED = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE datname = %s",
    "mysql": "SELECT count(*) FROM information_schema.processlist WHERE db = %s",
}


on_a_server = pytest.mark.parametrize(
    "vendor",
    [
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mysql", marks=pytest.mark.mariadb),
    ],
)


class RollBack(Exception):  # no error
    """Raised to leave a transaction."""


@pytest.fixture(scope="module")
def worker(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Celery]:
    """The app of a worker in a thread of this process."""
    app = Celery("tests", set_as_current=False, broker="memory://", backend="djcelery-database")
    for function in (double, work, roll_back):
        task = app.task(name=function.__name__, bind=True, shared=False)(function)
        task_postrun.connect(close_in_memory, sender=task)
    running = start_worker(app, perform_ping_check=False)
    with django_db_blocker.unblock(), left_as_it_was(), running:
        yield app


def close_in_memory(**_kwargs: object) -> None:
    """Close the connection that the thread of the worker has to a database in memory.

    Django and Celery's fixup close no such connection, for the last one takes the database with it.
    """
    if is_in_memory("default"):
        connection.connection.close()
        connection.connection = None


@contextmanager
def left_as_it_was() -> Iterator[None]:
    """Celery makes the app of a worker in a thread the default, and sets up logging for it."""
    state: Any = _state
    apps, root = (state.default_app, state._tls.current_app), logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    state.default_app, state._tls.current_app = apps
    root.setLevel(level)
    root.handlers[:] = handlers


def double(task: Any, x: int) -> int:
    return 2 * x


said, seen = Event(), Event()


def work(task: Any) -> None:
    """Tell progress in a transaction, and wait until that was looked for."""
    with transaction.atomic():
        task.update_state(state="PROGRESS", meta={"done": 1})
        said.set()
        assert seen.wait(10)


def roll_back(task: Any) -> str:
    """Tell progress in a transaction that does not last; what is told of it afterwards."""
    with suppress(RollBack), transaction.atomic():
        Group.objects.create(name="rolled back")
        task.update_state(state="PROGRESS", meta={"done": 1})
        raise RollBack
    state: str = task.AsyncResult(task.request.id).state
    return state


def number_of_connections() -> int:
    """How many connections the server has to this database."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTED[connection.vendor], [connection.settings_dict["NAME"]])
        number: int = cursor.fetchone()[0]
    return number


def test_a_worker_in_a_thread_stores_results(worker: Celery) -> None:
    assert worker.tasks["double"].delay(3).get(timeout=10) == 6


@on_a_server
@pytest.mark.parametrize("kind", ["own", "shared"])
def test_progress_is_seen_while_the_transaction_of_the_task_is_open(
    worker: Celery, settings: Settings, kind: str, vendor: str
) -> None:
    settings.DJCELERY_BACKENDS_CONNECTION = kind
    said.clear()
    seen.clear()

    result = worker.tasks["work"].delay()
    assert said.wait(10)
    state = result.state
    seen.set()

    assert state == ("PROGRESS" if kind == "own" else "PENDING")
    assert result.get(timeout=10) is None


@pytest.mark.parametrize("kind", ["own", "shared"])
def test_progress_outlives_the_transaction_of_the_task(
    worker: Celery, settings: Settings, kind: str
) -> None:
    settings.DJCELERY_BACKENDS_CONNECTION = kind

    state = worker.tasks["roll_back"].delay().get(timeout=10)

    is_kept = kind == "own" and connection.vendor != "sqlite"  # which lets one at a time write
    assert state == ("PROGRESS" if is_kept else "PENDING")
    assert not Group.objects.exists()


def run_test_case(add: Any) -> unittest.TestResult:
    """Run a test case of a project whose task is run in place."""

    class Eager(TestCase):
        def runTest(self) -> None:  # noqa: N802  # unittest's name
            self.assertEqual(AsyncResult(add.delay(2, 3).id).get(timeout=2), 5)
            self.assertEqual(TaskMeta.objects.count(), 1)

    return unittest.TestSuite([Eager()]).run(unittest.TestResult())


def test_a_test_case_leaves_no_results_of_eager_tasks(
    worker: Celery, make_app: Callable[..., Celery]
) -> None:
    app = make_app(task_always_eager=True)

    @app.task(shared=False)
    def add(x: int, y: int) -> int:
        return x + y

    outcome = run_test_case(add)

    assert outcome.wasSuccessful(), outcome.errors
    assert not TaskMeta.objects.exists()


@pytest.fixture
def in_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is one of a worker, in which this thread has run nothing yet."""
    monkeypatch.setattr(connections_of_results, "_worker", {"is_running": True})
    monkeypatch.setattr(connections_of_results, "_thread", connections_of_results._Thread())


def run_as_a_worker_does(task: Any) -> None:
    build_tracer(task.name, task, app=task.app)("t1", [], {}, {"ignore_result": True})


@pytest.mark.usefixtures("in_a_worker")
def test_a_task_in_place_stores_for_others_where_it_stores_for_itself(
    make_app: Callable[..., Celery],
) -> None:
    """Over two connections it would wait for a row that it has locked itself."""
    app = make_app(task_store_eager_result=True)

    @app.task(shared=False)
    def other() -> None:
        pass

    @app.task(shared=False, bind=True)
    def eager(task: Any) -> None:
        task.update_state(state="PROGRESS")
        other.update_state(task_id=task.request.id, state="PROGRESS")  # whose request is nobody's
        assert in_worker() is False

    with suppress(RollBack), transaction.atomic():
        assert eager.apply().successful()
        raise RollBack

    assert not TaskMeta.objects.exists()


@pytest.mark.usefixtures("in_a_worker")
def test_a_task_in_place_is_the_callers_for_as_long_as_it_runs(
    make_app: Callable[..., Celery],
) -> None:
    app = make_app()
    seen = []

    @app.task(shared=False)
    def innermost() -> None:
        seen.append(("of the worker again", in_worker()))

    @app.task(shared=False)
    def inner() -> None:
        seen.append(("in place", in_worker()))
        run_as_a_worker_does(innermost)
        seen.append(("in place", in_worker()))

    @app.task(shared=False)
    def outer() -> None:
        seen.append(("of the worker", in_worker()))
        inner.apply()
        seen.append(("of the worker", in_worker()))

    run_as_a_worker_does(outer)

    assert seen == [
        ("of the worker", True),
        ("in place", False),
        ("of the worker again", True),
        ("in place", False),
        ("of the worker", True),
    ]


@pytest.mark.usefixtures("in_a_worker")
def test_who_listens_for_longer_is_told_later_where_a_task_runs(
    make_app: Callable[..., Celery], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app()
    seen = []

    @app.task(shared=False)
    def inner() -> None:
        pass

    @app.task(shared=False)
    def outer() -> None:
        inner.apply()

    def listen(task: Any, **_kwargs: Any) -> None:
        seen.append((task.name == inner.name, in_worker()))

    monkeypatch.setattr(task_prerun, "receivers", [])
    task_prerun.connect(listen)
    apps.get_app_config("djcelery_backends").ready()
    run_as_a_worker_does(outer)

    assert seen == [(False, True), (True, False)]


def test_a_program_that_runs_a_worker_in_a_thread_is_none(worker: Celery) -> None:
    assert not in_worker()
    assert "djcelery-sweeper" not in {thread.name for thread in threading.enumerate()}


@on_a_server
def test_a_worker_in_a_thread_leaves_no_connection_open(worker: Celery, vendor: str) -> None:
    worker.tasks["double"].delay(3).get(timeout=10)

    eventually(lambda: number_of_connections() == 1)


def eventually(is_so: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for what only another process knows."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)
