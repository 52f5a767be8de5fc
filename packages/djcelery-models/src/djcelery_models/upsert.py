"""Store a row whether or not it exists, in one statement and without a look before."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import NotSupportedError, connections, transaction
from django.db.models import NOT_PROVIDED

if TYPE_CHECKING:
    from django.db.models import Field, Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """When, and with which columns, a row is written over the one that is there.

    condition: SQL in which ``{old_status}`` and ``{new_status}`` stand for the column ``status`` of
    the row that is there and of the one to write; None: always. reads: the columns that it reads,
    in the order in which they can be assigned, last: MariaDB and MySQL see what was assigned
    before. keeps: columns that stay as they are.
    """

    condition: str | None = None
    reads: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()


ALWAYS = Over()


def upsert(row: Model, *, unique: str, using: str, over: Over = ALWAYS) -> None:
    """Insert ``row``, or write its values over the row that has the same ``unique`` value.

    In autocommit that is one statement; inside ``atomic`` it has a savepoint. The row is not given
    its primary key. Raises NotSupportedError on a database without such a statement.
    """
    connection = connections[using]
    fields = _fields(type(row))
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    atomic = transaction.atomic(using=using) if connection.in_atomic_block else nullcontext()
    with atomic, connection.cursor() as cursor:
        cursor.execute(_statement(type(row), unique, over, using), values)


@lru_cache(maxsize=256)
def _fields(model: type[Model]) -> list[Field[Any, Any]]:
    """The fields that a store writes; the database has values of its own for the others."""
    meta = model._meta.concrete_model._meta  # type: ignore[union-attr]  # noqa: SLF001  # documented
    return [
        field
        for field in meta.concrete_fields
        if not (field is meta.auto_field or field.generated or field.db_default is not NOT_PROVIDED)
    ]


@lru_cache(maxsize=256)
def _statement(model: type[Model], unique: str, over: Over, using: str) -> str:
    connection = connections[using]
    if not connection.features.supports_update_conflicts:
        raise NotSupportedError(f"{connection.display_name} cannot insert or update in one step")
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)  # noqa: SLF001  # documented
    columns = {field.name: quote(str(field.column)) for field in _fields(model)}
    new = {name: _new(connection).format(column) for name, column in columns.items()}
    wins = over.condition and over.condition.format(
        **{f"old_{name}": f"{table}.{column}" for name, column in columns.items()},
        **{f"new_{name}": value for name, value in new.items()},
    )
    written = {columns[name]: new[name] for name in _assigned(model, unique, over)}
    clause = _on_conflict(connection, columns[unique], written, wins)
    values = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns.values())}) VALUES ({values}) {clause}"  # noqa: S608  # all quoted


def _assigned(model: type[Model], unique: str, over: Over) -> list[str]:
    """The fields to write over a row, in order."""
    kept = {unique, *over.keeps, *(field.name for field in _fields(model) if field.primary_key)}
    others = [field.name for field in _fields(model) if field.name not in over.reads]
    return [name for name in (*others, *over.reads) if name not in kept]


def _new(connection: Any) -> str:
    """How the database calls the value of a column that was to be inserted."""
    if connection.vendor != "mysql":
        return "excluded.{}"
    return "VALUE({})" if connection.mysql_is_mariadb else "new.{}"


def _on_conflict(connection: Any, unique: str, written: dict[str, str], wins: str | None) -> str:
    if connection.vendor == "mysql":
        if wins:
            written = {
                column: f"IF({wins}, {value}, {column})" for column, value in written.items()
            }
        alias = "" if connection.mysql_is_mariadb else "AS new "
        return f"{alias}ON DUPLICATE KEY UPDATE {_listed(written)}"
    where = f" WHERE {wins}" if wins else ""
    return f"ON CONFLICT ({unique}) DO UPDATE SET {_listed(written)}{where}"


def _listed(written: dict[str, str]) -> str:
    return ", ".join(f"{column} = {value}" for column, value in written.items())
