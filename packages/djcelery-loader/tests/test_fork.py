"""A forked process never harms the connections of its parent, on real servers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, connections
from djcelery_loader.connections import close_pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django import DjangoDbBlocker


def run_in_child(function: Callable[[], None]) -> int:
    """The exit code of a forked process in which ``function`` ran: 0 if it raised nothing."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            function()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def ask(alias: str = "default") -> int:
    """The number that the server gives to the connection."""
    functions = {"postgresql": "pg_backend_pid()", "mysql": "connection_id()"}
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT {functions[connection.vendor]}")
        number: int = cursor.fetchone()[0]
    return number


def pool_of(alias: str) -> Any:
    pooled: Any = connections[alias]
    return pooled.pool


def leave_ask_and_close(app: Any, alias: str, parent_s: int) -> None:
    app.loader.init_worker_process()
    assert ask(alias) != parent_s
    app.loader.on_process_cleanup()
    connections.close_all()
    close_pool(alias)


@pytest.mark.parametrize(
    "vendor",
    [
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mysql", marks=pytest.mark.mariadb),
    ],
)
@pytest.mark.usefixtures("transactional_db")
def test_a_connection_survives_the_children_of_its_process(app: Any, vendor: str) -> None:
    assert connection.vendor == vendor
    app.loader.on_worker_init()
    number = ask()

    codes = [run_in_child(lambda: leave_ask_and_close(app, "default", number)) for _ in range(2)]

    assert codes == [0, 0]
    assert ask() == number


@pytest.fixture
def pooled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The alias of the test's database as seen through a pool of psycopg."""
    pytest.importorskip("psycopg_pool")
    given = dict(connections.settings["default"])
    options = {**given["OPTIONS"], "pool": {"min_size": 2, "max_size": 2, "timeout": 5}}
    connections.settings["pooled"] = {**given, "OPTIONS": options}
    with django_db_blocker.unblock():
        yield "pooled"
    connections["pooled"].close()
    close_pool("pooled")
    connections["default"].close()
    del connections["pooled"]
    del connections.settings["pooled"]


@pytest.mark.postgresql
def test_a_pool_survives_the_children_of_its_process(app: Any, pooled: str) -> None:
    app.loader.on_worker_init()
    number = ask(pooled)

    codes = [run_in_child(lambda: leave_ask_and_close(app, pooled, number)) for _ in range(2)]

    assert codes == [0, 0]
    assert ask(pooled) == number
    assert pool_of(pooled).get_stats().get("connections_lost", 0) == 0


@pytest.mark.postgresql
def test_a_pooled_connection_goes_back_after_a_task(app: Any, pooled: str) -> None:
    app.loader.on_worker_init()
    pool = pool_of(pooled)
    pool.open(wait=True)
    ask(pooled)
    assert pool.get_stats()["pool_available"] == 1

    app.loader.on_process_cleanup()

    assert pool.get_stats()["pool_available"] == 2
    assert pool_of(pooled) is pool


@pytest.mark.postgresql
def test_a_pool_replaces_what_the_server_has_ended(app: Any, pooled: str) -> None:
    app.loader.on_worker_init()
    pool_of(pooled).open(wait=True)
    ask(pooled)
    app.loader.on_process_cleanup()

    end_the_other_connections()
    app.loader.on_task_init("id", app.task(ask, shared=False))

    assert ask(pooled)


def end_the_other_connections() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
