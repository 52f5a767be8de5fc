"""Try again what the database did not take, until it does or the time is over."""

from __future__ import annotations

import logging
import random
import time
from contextlib import contextmanager
from itertools import chain, repeat
from typing import TYPE_CHECKING, Final, TypeVar, TypeVarTuple

from django.db import InterfaceError, OperationalError

from .settings import get_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper as Connection

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

logger = logging.getLogger(__name__)

LOST_FOR_NOW = (InterfaceError, OperationalError)
"""What is raised for a database that is down, locked, full, or that ends a transaction."""

LOCKED: Final = "database is locked"
LONG: Final = 0.1
"""Seconds that a look waits for a lock before it is worth a warning."""
LOCKED_IN_MEMORY: Final = ("database table is locked", "database schema is locked")
SQLITE_SECONDS: Final = 5.0
"""How long SQLite waits for a lock unless OPTIONS has another ``timeout``."""
SQLITE_PAUSE: Final = 0.002


def until_taken(store: Callable[[*Ts], T], *arguments: *Ts, what: str) -> T:
    """What ``store`` returns; it is called again while the database does not take it.

    The first time again at once, for a connection may just have ended; then with growing pauses,
    until ``DJCELERY_BACKENDS_RETRY_SECONDS`` after the first failure. Then the error is logged with
    ``what``, and raised.
    """
    try:
        return store(*arguments)
    except LOST_FOR_NOW as error:
        seconds = get_settings().retry_seconds
        logger.warning("%s could not be stored, trying for %g s: %s", what, seconds, error)
    deadline = time.monotonic() + seconds
    for pause in pauses():
        left = deadline - time.monotonic()
        time.sleep(max(0.0, min(pause, left)))
        try:
            return store(*arguments)
        except LOST_FOR_NOW:
            if time.monotonic() >= deadline:
                logger.exception("%s was not stored; tried for %g s", what, seconds)
                raise
    raise AssertionError("pauses() has no end")


def pauses() -> Iterator[float]:
    """Seconds to wait before each further try; differing, so that workers do not come together."""
    grown = (0.05 * 2**number for number in range(7))
    for pause in chain([0.0], grown, repeat(5.0)):
        yield pause * random.uniform(0.5, 1)  # noqa: S311  # no secret


def once_more(store: Callable[[], T], connection: Connection) -> T:
    """What ``store`` returns, called again on a new connection if the server has ended this one.

    In a transaction nothing is repeated then: it is lost as a whole. While another thread has the
    lock of a database in memory it is called again, for SQLite does not wait for that.
    """
    try:
        return store()
    except LOST_FOR_NOW as error:
        if _is_locked_in_memory(error):
            return _until_unlocked(store, connection)
        is_lost = connection.connection is not None and not connection.is_usable()
        if connection.in_atomic_block or not connection.autocommit or not is_lost:
            raise
        connection.close()
        pool = getattr(connection, "pool", None)
        if pool is not None:  # psycopg's, which would hand out another that is lost
            pool.check()
        return store()


@contextmanager
def unless_locked() -> Iterator[None]:
    """End this block where SQLite has waited for a lock in vain: a later look sees more."""
    began = time.monotonic()
    try:
        yield
    except OperationalError as error:
        if str(error).startswith(LOCKED):
            level = logging.WARNING if time.monotonic() - began >= LONG else logging.DEBUG
            logger.log(level, "A look for results is put off: %s; WAL mode lets readers in", error)
        elif not _is_locked_in_memory(error):
            raise


def _is_locked_in_memory(error: Exception) -> bool:
    """Whether another thread has the lock of a table that is in the memory of this process."""
    return str(error).startswith(LOCKED_IN_MEMORY)


def _until_unlocked(store: Callable[[], T], connection: Connection) -> T:
    """What ``store`` returns once no other thread is in the way, or has been for too long."""
    seconds = connection.settings_dict["OPTIONS"].get("timeout", SQLITE_SECONDS)
    deadline = time.monotonic() + seconds
    while True:
        time.sleep(SQLITE_PAUSE)
        try:
            return store()
        except LOST_FOR_NOW as error:
            if not _is_locked_in_memory(error) or time.monotonic() >= deadline:
                raise
