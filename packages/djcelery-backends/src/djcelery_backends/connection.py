"""The connections over which results are stored and read.

In a worker there is one for nothing else: so what a task does with its connection, and Celery's
Django fixup, which closes that around each task, leave results alone. A result is seen while the
task's transaction is open, and stays when that is rolled back.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from threading import Lock, RLock, local
from typing import TYPE_CHECKING, Any, TypeVar

from celery._state import get_current_worker_task
from django.conf import settings
from django.db import connections
from djcelery_utils.databases import DATABASE_ERRORS

from .keptcursor import kept_cursor
from .retrying import LOST_FOR_NOW
from .settings import get_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper as Connection
    from django.db.backends.utils import CursorWrapper

T = TypeVar("T")

READS_WHAT_IS_COMMITTED = ("READ COMMITTED", "READ UNCOMMITTED")

_own: dict[str, OwnConnection] = {}
_making = Lock()
_inherited: list[object] = []
"""What a forked process found open. Kept for ever: letting go of it says goodbye to the server,
on the wire that the parent still uses."""

_held = local()
_worker = {"is_running": False}


class _Thread(local):
    """Of a thread: whether it may be running a task in place."""

    may_be_in_place = False


_thread = _Thread()


def worker_begins(**_kwargs: object) -> None:
    """Note that this process, with those that it forks, is a worker: receiver of ``celeryd_init``.

    One that runs a worker in a thread, as tests do, is none.
    """
    _worker["is_running"] = True


def task_begins(task: Any, **_kwargs: object) -> None:
    """Note where the task of this thread runs: receiver of ``task_prerun``."""
    _thread.may_be_in_place = task.request.is_eager


def task_ends(**_kwargs: object) -> None:
    """Note that the task before may go on here: receiver of ``task_postrun``.

    In a process that is no worker, close what was opened for a task: Celery does not say when a
    worker in a thread has ended, and a test database can only be dropped once nobody is connected.
    """
    _thread.may_be_in_place = True
    if not _worker["is_running"]:
        while _own:
            _own.popitem()[1].close()


def in_worker() -> bool:
    """Whether this runs for a task that a worker executes, or for the worker itself.

    A task that runs in place, in a worker or not, belongs to its caller.
    """
    if _worker["is_running"] and not _thread.may_be_in_place:
        return True  # what follows says the same, and costs a tenth of a store
    task = get_current_worker_task()
    if task is not None:
        return not task.request.is_eager
    return _worker["is_running"]


class OwnConnection:
    """A connection to one database that serves the results alone, one thread at a time."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._lock = RLock()
        self._connection = unshared_connection(alias)
        self.is_sqlite = self._connection.vendor == "sqlite"
        self._kept: tuple[object, Any, Any] = (None, None, None)

    @contextmanager
    def serving(self) -> Iterator[Connection]:
        """In this block the ORM of this thread, and no other, goes over the connection."""
        with self._lock, routed(self._alias, self._connection):
            try:
                yield self._connection
            except LOST_FOR_NOW:
                self.close()
                raise

    def run(self, write: Callable[[CursorWrapper], T]) -> T:
        """What ``write`` returns, which is given a cursor."""
        with self._lock:
            try:
                return write(self._cursor())
            except LOST_FOR_NOW:
                self.close()
                raise

    def _cursor(self) -> CursorWrapper:
        """A cursor that is kept as long as the connection."""
        connection = self._connection
        driver, cursor, wrapped = self._kept
        if driver is None or driver is not connection.connection:
            connection.ensure_connection()
            cursor = kept_cursor(connection)
            make = connection.make_debug_cursor if settings.DEBUG else connection.make_cursor
            wrapped = make(cursor)
            self._kept = connection.connection, cursor, wrapped
        return connection.make_debug_cursor(cursor) if connection.force_debug_cursor else wrapped

    def close(self) -> None:
        """Close the connection; the next use opens it again."""
        with self._lock, suppress(*DATABASE_ERRORS):
            self._connection.close()

    def hold(self) -> None:
        """Close the connection, and let no thread open it again until ``release``."""
        self._lock.acquire()
        self.close()

    def release(self) -> None:
        self._lock.release()


def own_connection(alias: str) -> OwnConnection | None:
    """The worker's own connection to ``alias``; None where the caller's is to be used.

    SQLite lets one connection write at a time: in a transaction that is the caller's.
    """
    if not in_worker() or get_settings().connection == "shared":
        return None
    own = _own.get(alias)
    if own is None:
        if is_in_memory(alias):
            return None
        with _making:
            own = _own.setdefault(alias, _own.get(alias) or OwnConnection(alias))
    return None if own.is_sqlite and connections[alias].in_atomic_block else own


@contextmanager
def seeing(alias: str) -> Iterator[None]:
    """In this block the ORM goes over the connection that results are stored with."""
    own = own_connection(alias)
    if own is None:
        yield
    else:
        with own.serving():
            yield


def sees_a_snapshot(alias: str) -> bool:
    """Whether looks over the caller's connection show nothing new, and another connection would.

    That is in a transaction at an isolation level above READ COMMITTED, and in any of SQLite's.
    """
    connection = connections[alias]
    if not connection.in_atomic_block or own_connection(alias) or is_in_memory(alias):
        return False
    return connection.vendor == "sqlite" or _isolation(connection) not in READS_WHAT_IS_COMMITTED


def _isolation(connection: Connection) -> str:
    """The level of the transaction that is open, as PostgreSQL knows it; else that of OPTIONS."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_isolation")
            return str(cursor.fetchone()[0]).upper()
    return str(getattr(connection, "isolation_level", None)).upper()


@contextmanager
def routed(alias: str, connection: Connection) -> Iterator[None]:
    """Let the ORM of this thread go over ``connection`` to ``alias``."""
    before = connections[alias]
    connections[alias] = connection
    try:
        yield
    finally:
        connections[alias] = before


def unshared_connection(alias: str) -> Connection:
    """A connection, not opened yet, that neither Django nor Celery's fixup knows of; in no pool."""
    known = connections[alias]
    options = dict(known.settings_dict["OPTIONS"])
    options.pop("pool", None)
    connection = type(known)({**known.settings_dict, "OPTIONS": options, "AUTOCOMMIT": True}, alias)
    connection.inc_thread_sharing()
    return connection


def is_open(alias: str) -> bool:
    """Whether this thread has an open connection to ``alias``, or can have no other."""
    return connections[alias].connection is not None or is_in_memory(alias)


def is_in_memory(alias: str) -> bool:
    """Whether the database is gone with its connection, so that there is no second one."""
    is_in_memory_db = getattr(connections[alias], "is_in_memory_db", None)
    return is_in_memory_db is not None and is_in_memory_db()


def _leave_inherited() -> None:
    """In a process that was just forked: touch nothing that its parent has open."""
    global _making  # noqa: PLW0603  # the parent's may be held for ever
    _making = Lock()
    _inherited.extend(_own.values())
    _own.clear()


def _hold_sqlite() -> None:
    """Before this thread forks: nothing of SQLite is open.

    A child takes over what SQLite knows of the locks of its parent. If another thread was about to
    use it the child waits for ever, and maybe with the database locked.
    """
    _held.connections = [own for own in _own.values() if own.is_sqlite]
    for own in _held.connections:
        own.hold()


def _release_sqlite() -> None:
    for own in _held.connections:
        own.release()


os.register_at_fork(
    before=_hold_sqlite, after_in_parent=_release_sqlite, after_in_child=_leave_inherited
)
