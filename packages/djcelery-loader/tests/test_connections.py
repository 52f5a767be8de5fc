"""How long a database connection of a worker lives, and what ends it."""

from __future__ import annotations

import socket
from time import monotonic
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import caches
from django.db import DatabaseError, InterfaceError, connections
from djcelery_loader.connections import (
    TaskConnections,
    _inherited,
    close_all,
    leave_inherited,
    look_for_news,
    open_connections,
    tolerating_closed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


WORKER_TASK = SimpleNamespace(request=SimpleNamespace(is_eager=False))
EAGER_TASK = SimpleNamespace(request=SimpleNamespace(is_eager=True))
MOMENTS: dict[str, Callable[[TaskConnections], None]] = {
    "before": lambda kept: kept.before_task(WORKER_TASK),
    "after": lambda kept: kept.after_task(),
}


class Driver:
    """The connection object of a database driver."""

    def __init__(self, fileno: Callable[[], int]) -> None:
        self.fileno = fileno

    def close(self) -> None: ...


class Pool:
    """A pool of a database driver."""

    closed = False

    def close(self) -> None:
        self.closed = True


def make_kept(**overrides: Any) -> TaskConnections:
    return TaskConnections(**{"min_age": 60, "max_tasks": None, "each_task": False, **overrides})


@pytest.fixture(params=["before", "after"])
def look(request: pytest.FixtureRequest) -> Callable[[TaskConnections], None]:
    return MOMENTS[request.param]


@pytest.fixture
def sockets() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, server_s = socket.socketpair()
    with ours, server_s:
        yield ours, server_s


def refuse_to_close() -> None:
    raise DatabaseError("connection already closed")


def set_age(connection: Any, age: float, *, max_age: int | None) -> None:
    """Let the connection be ``age`` seconds old, on a site with this ``CONN_MAX_AGE``."""
    connection.settings_dict["CONN_MAX_AGE"] = max_age
    connection.close_at = None if max_age is None else monotonic() - age + max_age


@pytest.mark.parametrize(
    ("age", "max_age", "min_age", "is_kept"),
    [
        (50, 0, 60, True),
        (70, 0, 60, False),
        (50, 20, 60, True),
        (70, 20, 60, False),
        (70, 100, 60, True),
        (110, 100, 60, False),
        (10_000, None, 60, True),
        (0, 0, 0, False),
        (10, 20, 0, True),
        (30, 20, 0, False),
        (1, 0, 0.5, False),
    ],
)
def test_a_connection_lives_for_the_longer_of_both_ages(  # noqa: PLR0913, PLR0917  # a table
    connection: Any,
    look: Callable[[TaskConnections], None],
    age: float,
    max_age: int | None,
    min_age: float,
    is_kept: bool,
) -> None:
    set_age(connection, age, max_age=max_age)

    look(make_kept(min_age=min_age))

    assert (connection.connection is not None) is is_kept


def test_looking_again_and_again_makes_a_connection_no_younger(
    connection: Any,
) -> None:
    set_age(connection, 50, max_age=0)
    close_at = connection.close_at
    kept = make_kept()

    kept.before_task(WORKER_TASK)
    kept.after_task()

    assert connection.close_at == close_at


def test_a_connection_in_a_transaction_is_left_alone(
    connection: Any, look: Callable[[TaskConnections], None]
) -> None:
    set_age(connection, 70, max_age=0)
    connection.in_atomic_block = True

    look(make_kept(max_tasks=1))
    close_all()

    assert connection.connection is not None


def test_a_connection_that_broke_is_closed(
    connection: Any,
    look: Callable[[TaskConnections], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection.errors_occurred = True
    monkeypatch.setattr(connection, "is_usable", lambda: False)

    look(make_kept())

    assert connection.connection is None


def test_a_connection_that_answers_is_kept_after_an_error(
    connection: Any, look: Callable[[TaskConnections], None]
) -> None:
    connection.errors_occurred = True

    look(make_kept())

    assert connection.connection is not None
    assert not connection.errors_occurred


def test_health_checks_are_made_anew_for_each_task(
    connection: Any, look: Callable[[TaskConnections], None]
) -> None:
    connection.health_check_done = True

    look(make_kept())

    assert not connection.health_check_done


def test_an_eager_task_leaves_the_connection_of_its_caller_alone(
    connection: Any,
) -> None:
    set_age(connection, 70, max_age=0)
    connection.health_check_done = True

    make_kept().before_task(EAGER_TASK)

    assert connection.connection is not None
    assert connection.health_check_done


def test_a_pooled_connection_goes_back_after_each_task(connection: Any) -> None:
    connection.settings_dict["OPTIONS"]["pool"] = True
    kept = make_kept()

    kept.before_task(WORKER_TASK)
    assert connection.connection is not None
    kept.after_task()

    assert connection.connection is None


def test_a_green_thread_takes_its_connection_with_it(connection: Any) -> None:
    kept = make_kept(each_task=True)

    kept.before_task(WORKER_TASK)
    assert connection.connection is not None
    kept.after_task()

    assert connection.connection is None


@pytest.mark.parametrize("max_tasks", [1, 3])
def test_a_connection_serves_so_many_tasks(connection: Any, max_tasks: int) -> None:
    kept = make_kept(max_tasks=max_tasks)

    for _ in range(max_tasks - 1):
        kept.after_task()
        assert connection.connection is not None
    kept.after_task()

    assert connection.connection is None


def test_a_new_connection_serves_as_many_tasks_as_the_first(
    connection: Any,
) -> None:
    kept = make_kept(max_tasks=2)
    kept.after_task()
    connection.close()
    connection.ensure_connection()

    kept.after_task()
    assert connection.connection is not None
    kept.after_task()

    assert connection.connection is None


def test_the_age_ends_a_connection_that_could_serve_more_tasks(
    connection: Any,
) -> None:
    set_age(connection, 70, max_age=0)

    make_kept(max_tasks=10).after_task()

    assert connection.connection is None


@pytest.mark.parametrize("max_tasks", [None, 0])
def test_without_a_number_of_tasks_a_connection_serves_any(
    connection: Any, max_tasks: int | None
) -> None:
    kept = make_kept(max_tasks=max_tasks)

    for _ in range(5):
        kept.after_task()

    assert connection.connection is not None


def test_what_the_server_sends_unasked_has_the_connection_checked(
    connection: Any, sockets: tuple[socket.socket, socket.socket]
) -> None:
    ours, server_s = sockets
    connection.close()
    connection.connection = Driver(ours.fileno)

    look_for_news(connection)
    assert not connection.errors_occurred
    server_s.close()
    look_for_news(connection)

    assert connection.errors_occurred


def test_a_connection_that_the_server_has_ended_is_closed_before_a_task(
    connection: Any,
    sockets: tuple[socket.socket, socket.socket],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, server_s = sockets
    connection.close()
    connection.connection = Driver(ours.fileno)
    monkeypatch.setattr(connection, "is_usable", lambda: False)

    make_kept().before_task(WORKER_TASK)
    assert connection.connection is not None
    server_s.close()
    make_kept().before_task(WORKER_TASK)

    assert connection.connection is None


def test_a_driver_that_cannot_tell_its_socket_has_the_connection_checked(
    connection: Any,
) -> None:
    def fileno() -> int:
        raise connection.Database.OperationalError("the connection is closed")

    connection.close()
    connection.connection = Driver(fileno)

    look_for_news(connection)

    assert connection.errors_occurred


def test_a_driver_without_a_socket_is_checked_when_it_is_used(
    connection: Any,
) -> None:
    connection.health_check_enabled = False

    look_for_news(connection)

    assert connection.health_check_enabled is True
    assert not connection.errors_occurred


@pytest.mark.parametrize(
    "error",
    [
        InterfaceError("anything"),
        DatabaseError("connection already closed"),
        DatabaseError("not connected"),
    ],
)
def test_that_a_connection_is_closed_already_is_no_error(error: Exception) -> None:
    with tolerating_closed():
        raise error


@pytest.mark.parametrize("error", [DatabaseError("disk full"), ValueError("closed")])
def test_other_errors_are_errors(error: Exception) -> None:
    with pytest.raises(type(error), match=str(error)), tolerating_closed():
        raise error


def test_what_happens_while_a_connection_closes_is_tolerated_in_the_same_way(
    connection: Any,
    look: Callable[[TaskConnections], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection.connection.close()
    monkeypatch.setattr(connection, "_close", refuse_to_close)
    set_age(connection, 70, max_age=0)

    look(make_kept())

    assert connection.connection is None


def test_close_all_tolerates_it_too(connection: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    connection.connection.close()
    monkeypatch.setattr(connection, "_close", refuse_to_close)

    close_all()

    assert connection.connection is None


def test_close_all_closes_pools_and_lets_the_next_check_what_it_hands_out(
    connection: Any,
) -> None:
    pool = Pool()
    connection.settings_dict["OPTIONS"]["pool"] = True
    connection._connection_pools = {"own": pool}

    close_all()
    close_all()

    assert pool.closed
    assert connection._connection_pools == {}
    assert connection.settings_dict["CONN_HEALTH_CHECKS"] is True


def test_close_all_leaves_health_checks_without_a_pool_to_the_project(
    connection: Any,
) -> None:
    close_all()

    assert connection.settings_dict["CONN_HEALTH_CHECKS"] is False


def test_a_connection_that_is_closed_is_none_of_the_open_ones(
    connection: Any,
) -> None:
    assert connection in open_connections()

    connection.close()

    assert connection not in open_connections()


@pytest.fixture
def _others_remembered() -> Iterator[None]:
    """After the test the other connections are known again: a test database waits for their end."""
    others = connections.all(initialized_only=True)
    yield
    for other in others:
        connections[other.alias] = other


@pytest.mark.usefixtures("_others_remembered")
def test_what_is_inherited_is_forgotten_and_not_closed(connection: Any) -> None:
    pool = Pool()
    driver = connection.connection
    connection.settings_dict["OPTIONS"]["pool"] = True
    connection._connection_pools = {"own": pool}
    type(connection)._connection_pools = connection._connection_pools
    cache = caches["default"]

    leave_inherited()

    del type(connection)._connection_pools
    assert connections["own"] is not connection
    assert connection.connection is driver
    assert caches["default"] is not cache
    assert connection._connection_pools == {}
    assert not pool.closed
    assert {connection, cache, pool} <= set(_inherited)  # their end could be felt by the parent
    connection.close()
