"""The least that storing a result can be: one upsert in autocommit, straight through the driver."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Callable

TABLE = "benchmark_limit"
COLUMNS = ("task_id", "status", "result", "date_done", "traceback", "meta")
META = '{"children": []}'
DATABASE = {"postgresql": "dbname", "mysql": "database"}  # what drivers call it
DATES = {"postgresql": "timestamp with time zone", "mysql": "datetime(6)", "sqlite": "text"}


def create_table(cursor: Any) -> None:
    cursor.execute(
        f"CREATE TABLE {TABLE} (task_id varchar(255) PRIMARY KEY, status varchar(50) NOT NULL,"
        f" result text, date_done {DATES[connection.vendor]} NOT NULL, traceback text, meta text)"
    )
    cursor.execute(f"CREATE INDEX {TABLE}_date_done ON {TABLE} (date_done)")


def connect() -> Any:
    """A connection of the driver's own, in autocommit; the caller closes it."""
    known = connection.settings_dict
    driver: Any = connection.Database  # type: ignore[attr-defined]  # not in django-stubs
    if connection.vendor == "sqlite":
        made = driver.connect(known["NAME"], isolation_level=None)
        made.executescript(known["OPTIONS"]["init_command"])
        return made
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    given: dict[str, Any] = {name: known[ours] for name, ours in names.items() if known[ours]}
    if connection.vendor == "mysql":
        given["charset"] = "utf8mb4"
    return driver.connect(**{DATABASE[connection.vendor]: known["NAME"]}, autocommit=True, **given)


def upsert_statement() -> str:
    columns = ", ".join(COLUMNS)
    insert = f"INSERT INTO {TABLE} ({columns}) VALUES ({marks(len(COLUMNS))})"  # noqa: S608  # constants
    if connection.vendor == "mysql":
        changes = ", ".join(f"{name} = VALUES({name})" for name in COLUMNS[1:])
        return f"{insert} ON DUPLICATE KEY UPDATE {changes}"
    changes = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])
    return f"{insert} ON CONFLICT (task_id) DO UPDATE SET {changes}"


def marks(number: int) -> str:
    """Where a driver puts that many values into a statement."""
    return ", ".join(["?" if connection.vendor == "sqlite" else "%s"] * number)


def storing(cursor: Any, statement: str) -> Callable[[str, str, str], None]:
    """Store the id, the state and the encoded result of a task, by ``statement``."""

    def store(task_id: str, state: str, result: str) -> None:
        cursor.execute(statement, (task_id, state, result, moment(), None, META))

    text = connection.vendor == "sqlite"

    def moment() -> datetime | str:
        now = datetime.now(UTC)
        return now.isoformat() if text else now

    return store
