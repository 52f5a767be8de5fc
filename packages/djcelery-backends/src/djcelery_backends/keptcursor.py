"""A driver's cursor that takes the same few statements again and again, as fast as it can."""

from __future__ import annotations

import sqlite3
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper as Connection

MOST_PREPARED: Final = 32
"""Statements of one connection: a server counts those of all, and by default to 16,382."""
TOO_MANY_PREPARED: Final = 1461


def kept_cursor(connection: Connection) -> Any:
    """A cursor of the driver to keep, for Django to wrap. Of an open connection.

    With psycopg 3 it binds and prepares on the server, for which an upsert is half the work; with
    MariaDB it prepares.
    """
    with connection.wrap_database_errors:
        driver: Any = connection.connection
        if connection.vendor == "sqlite":
            return driver.cursor(factory=PlainCursor)
        if type(driver).__module__.partition(".")[0] == "psycopg" and is_the_server(driver):
            from psycopg import Cursor  # noqa: PLC0415  # the driver is the project's choice

            driver.prepare_threshold = 0  # each statement when it is first executed
            return Cursor(driver)
        cursor = connection.create_cursor()
        is_mariadb = connection.vendor == "mysql" and connection.mysql_is_mariadb  # type: ignore[attr-defined]  # MySQL's
        return PreparingCursor(cursor) if is_mariadb else cursor


def is_the_server(driver: Any) -> bool:
    """Whether there is no pooler such as PgBouncer between this process and PostgreSQL.

    One hands each transaction to any of its connections, on which another client may have prepared
    something else under the same name. It shows by the process id that it gives for the server's.
    """
    server_pid = driver.execute("SELECT pg_backend_pid()").fetchone()[0]
    return bool(driver.info.backend_pid == server_pid)


class PlainCursor(sqlite3.Cursor):
    """SQLite's own: Django's looks through each statement for its parameters, every time."""

    def execute(self, query: str, params: Any = ()) -> sqlite3.Cursor:  # type: ignore[override]  # as Django calls it
        return super().execute(with_question_marks(query), params)


class PreparingCursor:
    """MariaDB's: it parses each statement once, and after that is only given its values.

    MySQL takes no values there, only variables that a statement before has set.
    """

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor
        self._prepared: dict[str, str] = {}
        self._most = MOST_PREPARED

    def execute(self, query: str, params: Any = None) -> Any:
        if params and query not in self._prepared and len(self._prepared) < self._most:
            self._prepare(query, len(params))
        return self._cursor.execute(self._prepared.get(query, query), params)

    def _prepare(self, query: str, number: int) -> None:
        name = f"djcelery_{len(self._prepared)}"
        try:
            self._cursor.execute(f"PREPARE {name} FROM %s", [with_question_marks(query)])
        except Exception as error:
            if error.args[:1] != (TOO_MANY_PREPARED,):
                raise
            self._most = 0  # it goes without
        else:
            self._prepared[query] = f"EXECUTE {name} USING {', '.join(['%s'] * number)}"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


@lru_cache(maxsize=256)
def with_question_marks(query: str) -> str:
    """``query``, in which no ``%`` is anything else, as SQLite and MariaDB take it."""
    return query.replace("%s", "?")
