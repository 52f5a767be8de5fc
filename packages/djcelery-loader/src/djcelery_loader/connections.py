"""The database connections of a worker: kept over tasks, replaced when broken, left at a fork."""

from __future__ import annotations

import select
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from django.core.cache import caches
from django.db import DatabaseError, InterfaceError, connections
from djcelery_utils.databases import DATABASE_ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper as Connection

MYSQL_GONE = ((2006,), (2013,))
"""How MariaDB and MySQL begin an error that says no more than that the connection has ended."""

_inherited: list[object] = []
"""What a forked process found open. Kept for ever: several drivers say goodbye to the server, on
the wire that the parent still uses, when their object is let go."""


class TaskConnections:
    """What becomes of database connections before and after each task of a worker.

    A worker has no requests that could end the connection's life, so a connection lives
    ``min_age`` seconds, or longer where ``CONN_MAX_AGE`` says so. It ends earlier when it has
    served ``max_tasks`` tasks (None: no limit). One of a psycopg pool goes back after each task.
    With ``each_task`` all do: a green thread, and what it has opened, lives as long as its task.
    """

    def __init__(self, *, min_age: float, max_tasks: int | None, each_task: bool) -> None:
        self._min_age = min_age
        self._max_tasks = max_tasks
        self._each_task = each_task
        self._served: WeakKeyDictionary[Connection, tuple[object, int]] = WeakKeyDictionary()

    def before_task(self, task: Any) -> None:
        """Close the connections that are broken or too old; leave those of an eager task alone."""
        for connection in open_connections():
            if not task.request.is_eager:
                with tolerating_closed():
                    look_for_news(connection)
                    self._close_if_unusable_or_obsolete(connection)

    def after_task(self) -> None:
        """Close the connections that have served their time, or end with each task."""
        for connection in open_connections():
            with tolerating_closed():
                if self._each_task or is_pooled(connection) or self._has_served(connection):
                    connection.close()
                else:
                    self._close_if_unusable_or_obsolete(connection)

    def _close_if_unusable_or_obsolete(self, connection: Connection) -> None:
        close_at = connection.close_at
        if close_at is not None:
            lacking = self._min_age - connection.settings_dict["CONN_MAX_AGE"]
            connection.close_at = close_at + max(0, lacking)
        try:
            connection.close_if_unusable_or_obsolete()
        finally:
            connection.close_at = close_at

    def _has_served(self, connection: Connection) -> bool:
        if not self._max_tasks:
            return False
        driver, count = self._served.get(connection, (None, 0))
        count = count + 1 if driver is connection.connection else 1
        self._served[connection] = connection.connection, count
        return count >= self._max_tasks


def open_connections() -> list[Connection]:
    """The open connections of this thread, but those inside a transaction, as a test's are."""
    return [
        connection
        for connection in connections.all(initialized_only=True)
        if connection.connection is not None and not connection.in_atomic_block
    ]


def is_pooled(connection: Connection) -> bool:
    return bool(connection.settings_dict["OPTIONS"].get("pool"))


def look_for_news(connection: Connection) -> None:
    """Have the connection checked if the server has sent something that nobody asked for.

    That is how the end of a connection shows, for the price of one system call. Where the driver
    does not tell its socket, Django checks the connection when it is used next.
    """
    driver: Any = connection.connection
    if not hasattr(driver, "fileno"):
        connection.health_check_enabled = True  # type: ignore[attr-defined]  # not in the stubs
        return
    with suppress(*DATABASE_ERRORS), connection.wrap_database_errors:  # which notes any error
        poll = select.poll()
        poll.register(driver.fileno(), select.POLLIN)
        if poll.poll(0):
            connection.errors_occurred = True


@contextmanager
def tolerating_closed() -> Iterator[None]:
    """Pass over the errors that say no more than that the connection is closed already."""
    try:
        yield
    except InterfaceError:
        pass
    except DatabaseError as error:
        is_said = any(words in str(error) for words in ("closed", "not connected"))
        if not is_said and error.args[:1] not in MYSQL_GONE:
            raise


def close_all() -> None:
    """Close what this process has open, pools included, before it forks or runs tasks.

    Pools that are opened later check each connection they hand out: a worker waits so long
    between two tasks that the server may have ended all of them.
    """
    for connection in open_connections():
        with tolerating_closed():
            connection.close()
    for alias in connections:
        if connections.settings[alias]["OPTIONS"].get("pool"):
            connections.settings[alias]["CONN_HEALTH_CHECKS"] = True
            close_pool(alias)
    caches.close_all()


def close_pool(alias: str) -> None:
    pool = take_pool(alias)
    if pool is not None:
        pool.close()


def take_pool(alias: str) -> Any:
    """The pool of a database, if one was opened; the next connection opens another."""
    pools: dict[str, Any] = getattr(connections[alias], "_connection_pools", {})
    return pools.pop(alias, None)


def leave_inherited() -> None:
    """Forget, in a process that was just forked, what its parent has open, and touch none of it."""
    handlers: tuple[Any, ...] = (connections, caches)
    for handler in handlers:
        for alias in handler:
            if hasattr(handler._connections, alias):  # noqa: SLF001  # all() does not tell the alias
                _inherited.append(handler[alias])
                del handler[alias]
    _inherited.extend(
        take_pool(alias)
        for alias in connections
        if connections.settings[alias]["OPTIONS"].get("pool")
    )
