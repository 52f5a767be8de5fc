"""Waiting for results on a real database: what it costs there, and what comes of it."""

from __future__ import annotations

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from celery.app.task import Context
from celery.exceptions import TimeoutError as ResultTimeoutError
from celery.result import AsyncResult, GroupResult, ResultSet
from django.db import connection, connections
from django.db.backends.signals import connection_created
from djcelery_backends.connection import unshared_connection
from djcelery_backends.waiting import waits_for
from djcelery_models.models import TaskMeta
from vine import promise

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from celery import Celery

COUNTED = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE datname = %s",
    "mysql": "SELECT count(*) FROM information_schema.processlist WHERE db = %s",
}
in_transactions = pytest.mark.django_db(transaction=True)
on_a_server = pytest.mark.parametrize(
    "vendor",
    [
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mysql", marks=pytest.mark.mariadb),
    ],
)
"""For threads: those that share an SQLite database in memory lock each other out."""


class Statements:
    """What this process asks the database, over whichever connection, and who asks."""

    def __init__(self) -> None:
        self.asked: list[Collection[str]] = []
        self.interrupted: set[int] = set()
        self._news = threading.Condition()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        with self._news:
            self.asked.append(set(re.findall(r"task-\d+", str(params))))
            self._news.notify_all()
        if threading.get_ident() in self.interrupted:
            raise KeyboardInterrupt
        return execute(sql, params, many, context)

    def watch(self, connection: Any, **_kwargs: object) -> None:
        if self not in connection.execute_wrappers:
            connection.execute_wrappers.append(self)

    def wait_for(self, is_so: Callable[[], bool]) -> None:
        """Wait until it is so after some statement."""
        with self._news:
            assert self._news.wait_for(is_so, timeout=20)

    def await_looks(self, number: int, wanted: Collection[str]) -> None:
        """Wait until everything that is wanted was asked for so often, each time at once."""
        begun = len(self.asked)
        self.wait_for(lambda: self.asked[begun:].count(set(wanted)) >= number)


@pytest.fixture
def statements() -> Iterator[Statements]:
    made = Statements()
    connection_created.connect(made.watch)
    with connection.execute_wrapper(made):
        yield made
    connection_created.disconnect(made.watch)


@pytest.fixture
def another() -> Iterator[Any]:
    """A connection of somebody else."""
    other = unshared_connection("default")
    yield other
    other.close()


def names(number: int, first: int = 0) -> list[str]:
    return [f"task-{n:04}" for n in range(first, first + number)]


def store(app: Celery, task_ids: Collection[str], state: str = "SUCCESS") -> None:
    for task_id in task_ids:
        app.backend.store_result(task_id, task_id, state)


@contextmanager
def waiting(wait: Callable[[str], Any], task_ids: Collection[str]) -> Iterator[list[Any]]:
    """Threads that each wait for one task; afterwards the list has what came of it."""

    def run(task_id: str) -> Any:
        try:
            return wait(task_id)
        except BaseException as error:  # noqa: BLE001  # what came of it
            return error
        finally:
            connections.close_all()

    came: list[Any] = []
    with ThreadPoolExecutor(len(task_ids)) as pool:
        futures = [pool.submit(run, task_id) for task_id in task_ids]
        yield came
        came += [future.result(timeout=30) for future in futures]


def get(task_id: str) -> Any:
    return AsyncResult(task_id).get(timeout=30)


@in_transactions
@on_a_server
@pytest.mark.parametrize("number", [1, 100, 1000])
def test_all_who_wait_in_a_process_share_each_look(
    app: Celery, statements: Statements, number: int, vendor: str
) -> None:
    task_ids = names(number)

    with waiting(get, task_ids) as came:
        statements.wait_for(lambda: set(task_ids) in statements.asked)
        begun = len(statements.asked)
        statements.await_looks(5, task_ids)
        looks = statements.asked[begun:]
        store(app, task_ids)

    assert came == task_ids
    assert [look for look in looks if look != set(task_ids)] == []


@in_transactions
def test_what_is_ready_is_got_with_one_statement(app: Celery, statements: Statements) -> None:
    store(app, ["task-1"])
    statements.asked.clear()

    value: Any = AsyncResult("task-1").get(timeout=0)

    assert value == "task-1"
    assert len(statements.asked) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("timeout", [0, 0.05])
def test_who_has_waited_long_enough_gets_an_error(app: Celery, timeout: float) -> None:
    began = time.monotonic()

    with pytest.raises(ResultTimeoutError):
        AsyncResult("task-1").get(timeout=timeout)

    assert timeout <= time.monotonic() - began < timeout + 1
    assert waits_for(TaskMeta, "default").wanted() == []


@in_transactions
def test_a_timeout_of_nothing_is_one_look(app: Celery, statements: Statements) -> None:
    connection.ensure_connection()
    statements.asked.clear()

    with pytest.raises(ResultTimeoutError):
        AsyncResult("task-1").get(timeout=0)

    assert len(statements.asked) == 1


@pytest.mark.django_db
def test_on_interval_is_called_while_there_is_no_result(app: Celery) -> None:
    calls: list[int] = []

    def call() -> None:
        calls.append(1)
        if len(calls) == 3:
            store(app, ["task-1"])

    backend: Any = app.backend
    meta = backend.wait_for("task-1", timeout=10, interval=0.01, on_interval=call)

    assert (meta["result"], len(calls)) == ("task-1", 3)


@pytest.mark.django_db
def test_nobody_is_woken_to_call_what_does_nothing(app: Celery) -> None:
    backend: Any = app.backend
    idle = promise()  # what get() hands on
    asked = promise()
    asked.then(lambda: None)

    for on_interval in (idle, asked):
        with pytest.raises(ResultTimeoutError):
            backend.wait_for("task-1", timeout=0.1, interval=0.02, on_interval=on_interval)

    assert (idle.ready, asked.ready) == (False, True)


@pytest.mark.django_db
@pytest.mark.parametrize("interval", [0, 0.01])
def test_what_is_called_at_intervals_may_take_longer_than_one(app: Celery, interval: float) -> None:
    def call() -> None:
        time.sleep(2 * interval)
        store(app, ["task-1"])

    backend: Any = app.backend
    meta = backend.wait_for("task-1", timeout=5, interval=interval, on_interval=call)

    assert meta["result"] == "task-1"


@pytest.mark.django_db
@pytest.mark.parametrize("task_id", ["a\0b", "a\ud800"])
def test_an_id_that_no_row_can_have_is_of_no_task(app: Celery, task_id: str) -> None:
    assert AsyncResult(task_id).state == "PENDING"


@pytest.mark.django_db
def test_a_task_whose_predecessor_fails_is_not_waited_for(app: Celery) -> None:
    results: list[Any] = [AsyncResult(name) for name in names(3)]
    first, second, third = results
    third.parent, second.parent = second, first
    app.backend.store_result(first.id, KeyError("gone"), "FAILURE")

    with pytest.raises(KeyError, match="gone"):
        third.get(timeout=20)


@pytest.mark.django_db
@pytest.mark.parametrize("native", [True, False])
def test_results_are_joined_in_their_own_order(app: Celery, native: bool) -> None:
    task_ids = names(5)
    store(app, task_ids[::-1])
    results = ResultSet([AsyncResult(task_id) for task_id in task_ids])

    join = results.join_native if native else results.join

    assert join(timeout=5) == task_ids


@pytest.mark.django_db
def test_results_come_as_they_get_ready(app: Celery) -> None:
    order = iter(["task-0003", "task-0001", "task-0000", "task-0002"])
    results = ResultSet([AsyncResult(task_id) for task_id in names(4)])
    store(app, [next(order)])
    came = []

    for task_id, _ in results.iter_native(timeout=5):
        came.append(task_id)
        store(app, [one for one in [next(order, None)] if one])

    assert came == ["task-0003", "task-0001", "task-0000", "task-0002"]


@pytest.mark.django_db
def test_a_graph_of_tasks_is_collected(app: Celery) -> None:
    parent: Any = AsyncResult("task-0000")
    children: list[Any] = [AsyncResult(task_id) for task_id in names(3, first=1)]
    store(app, names(3, first=1))
    request = Context({"id": parent.id})
    request.children.extend(children)
    app.backend.store_result(parent.id, "sent", "SUCCESS", request=request)

    collected = [value for _, value in parent.collect()]

    assert collected == ["sent", *names(3, first=1)]


READERS: dict[str, Callable[[ResultSet], Any]] = {
    "join": lambda results: results.join(timeout=10),
    "join_native": lambda results: results.join_native(timeout=10),
    "get": lambda results: results.get(timeout=10),
    "iter_native": lambda results: list(results.iter_native(timeout=10)),
    "ready": lambda results: results.ready(),
    "completed_count": lambda results: results.completed_count(),
}


@pytest.mark.django_db
@pytest.mark.parametrize("reader", READERS)
def test_a_thousand_results_that_are_ready_are_read_with_two_statements(
    app: Celery, statements: Statements, reader: str
) -> None:
    task_ids = names(1000)
    known = {"status": "SUCCESS", "stored_result": "1", "content_type": "application/json"}
    TaskMeta.objects.bulk_create(TaskMeta(task_id=one, **known) for one in task_ids)
    results = GroupResult("group", [AsyncResult(task_id) for task_id in task_ids])
    statements.asked.clear()

    READERS[reader](results)

    assert len(statements.asked) <= 2


@in_transactions
@on_a_server
@pytest.mark.parametrize("ended", ["by a timeout", "by an interrupt"])
def test_others_are_looked_for_when_the_leader_leaves(
    app: Celery, statements: Statements, ended: str, vendor: str
) -> None:
    leads = threading.Event()

    def lead(task_id: str) -> Any:
        def call() -> None:
            leads.set()
            if ended == "by an interrupt":
                statements.interrupted.add(threading.get_ident())

        patience = {"timeout": 0.3} if ended == "by a timeout" else {"timeout": 30}
        return AsyncResult(task_id).get(**patience, interval=0.1, on_interval=call)

    with waiting(lead, ["task-0000"]) as of_leader:
        statements.await_looks(2, ["task-0000"])
        with waiting(get, names(5, first=1)) as of_others:
            assert leads.wait(10)
            statements.await_looks(5, names(5, first=1))
            store(app, names(5, first=1))

    error = ResultTimeoutError if ended == "by a timeout" else KeyboardInterrupt
    assert isinstance(of_leader[0], error)
    assert of_others == names(5, first=1)


@in_transactions
@on_a_server
def test_who_is_busy_with_its_results_keeps_nobody_waiting(app: Celery, vendor: str) -> None:
    store(app, ["task-0000"])
    results = ResultSet([AsyncResult(task_id) for task_id in names(2)])
    mine: Any = results.iter_native(timeout=30)
    next(mine)

    with waiting(get, names(2, first=2)) as came:
        store(app, names(2, first=2))

    assert came == names(2, first=2)
    mine.close()


@in_transactions
@on_a_server
def test_the_connection_of_waiting_is_closed_afterwards(
    app: Celery, another: Any, statements: Statements, vendor: str
) -> None:
    connection.close()
    before = number_of_connections(another)

    with waiting(get, names(20)):
        statements.await_looks(2, names(20))
        assert number_of_connections(another) == before + 1
        store(app, names(20))
    connection.close()

    assert waits_for(TaskMeta, "default").connection is None
    deadline = time.monotonic() + 10
    while number_of_connections(another) > before:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def number_of_connections(over: Any) -> int:
    with over.cursor() as cursor:
        cursor.execute(COUNTED[over.vendor], [over.settings_dict["NAME"]])
        number: int = cursor.fetchone()[0]
    return number
