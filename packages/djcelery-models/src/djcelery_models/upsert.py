"""Store a row whether or not it exists, in one statement and without a look before."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import NotSupportedError, connections, transaction
from django.db.models import NOT_PROVIDED

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Field, Model


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Over:
    """When, and with which columns, a row is written over the one that is there.

    One that is kept is one statement; for each new one another is made.

    condition: SQL in which ``{old_status}`` and ``{new_status}`` stand for the column ``status`` of
    the row that is there and of the one to write; None: always. reads: the columns that it reads,
    in the order in which they can be assigned, last: MariaDB and MySQL see what was assigned
    before. keeps: columns that stay as they are. leaves_out: columns of which this store knows
    nothing; they stay as they are too, and in a new row are what the database makes them.
    """

    condition: str | None = None
    reads: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    leaves_out: tuple[str, ...] = ()


ALWAYS = Over()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Upsert:
    """A statement, and the fields whose values it takes, in order."""

    sql: str
    fields: tuple[Field[Any, Any], ...]


def upsert(row: Model, *, unique: str, using: str, over: Over = ALWAYS) -> None:
    """Insert ``row``, or write its values over the row that has the same ``unique`` value.

    In autocommit that is one statement; inside ``atomic`` it has a savepoint. The row is not given
    its primary key. Raises NotSupportedError on a database without such a statement.
    """
    connection = connections[using]
    statement = upsert_statement(type(row), unique, over, using)
    values = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection)
        for field in statement.fields
    ]
    atomic = transaction.atomic(using=using) if connection.in_atomic_block else nullcontext()
    with atomic, connection.cursor() as cursor:
        cursor.execute(statement.sql, values)


@lru_cache(maxsize=256)
def upsert_statement(model: type[Model], unique: str, over: Over, using: str) -> Upsert:
    """The statement for rows of ``model`` in the database ``using``.

    Raises NotSupportedError on a database without such a statement.
    """
    connection = connections[using]
    if not connection.features.supports_update_conflicts:
        raise NotSupportedError(f"{connection.display_name} cannot insert or update in one step")
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)  # noqa: SLF001  # documented
    fields = tuple(field for field in _fields(model) if field.name not in over.leaves_out)
    columns = {field.name: quote(str(field.column)) for field in _fields(model)}
    new = {name: _new(connection).format(column) for name, column in columns.items()}
    wins = over.condition and over.condition.format(
        **{f"old_{name}": f"{table}.{column}" for name, column in columns.items()},
        **{f"new_{name}": value for name, value in new.items()},
    )
    written = {columns[name]: new[name] for name in _assigned(model, unique, over)}
    clause = _on_conflict(connection, columns[unique], written, wins)
    inserted = ", ".join(columns[field.name] for field in fields)
    values = ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {table} ({inserted}) VALUES ({values}) {clause}"  # noqa: S608  # all quoted
    return Upsert(sql=sql, fields=fields)


@lru_cache(maxsize=256)
def _fields(model: type[Model]) -> tuple[Field[Any, Any], ...]:
    """The fields that a store writes; the database has values of its own for the others."""
    meta = model._meta.concrete_model._meta  # type: ignore[union-attr]  # noqa: SLF001  # documented
    return tuple(
        field
        for field in meta.concrete_fields
        if not (field is meta.auto_field or field.generated or field.db_default is not NOT_PROVIDED)
    )


def _assigned(model: type[Model], unique: str, over: Over) -> list[str]:
    """The fields to write over a row, in order."""
    keys = (field.name for field in _fields(model) if field.primary_key)
    kept = {unique, *over.keeps, *over.leaves_out, *keys}
    others = [field.name for field in _fields(model) if field.name not in over.reads]
    return [name for name in (*others, *over.reads) if name not in kept]


def _new(connection: BaseDatabaseWrapper) -> str:
    """How the database calls the value of a column that was to be inserted."""
    if connection.vendor != "mysql":
        return "excluded.{}"
    return "VALUE({})" if connection.mysql_is_mariadb else "new.{}"  # type: ignore[attr-defined]  # MySQL's


def _on_conflict(
    connection: BaseDatabaseWrapper, unique: str, written: dict[str, str], wins: str | None
) -> str:
    if connection.vendor == "mysql":  # no WHERE there; MariaDB need not decide for each column anew
        is_mariadb = connection.mysql_is_mariadb  # type: ignore[attr-defined]  # MySQL's
        if wins:
            once, others = (f"@wins := ({wins})", "@wins") if is_mariadb else (wins, wins)
            written = {
                column: f"IF({others if number else once}, {value}, {column})"
                for number, (column, value) in enumerate(written.items())
            }
        alias = "" if is_mariadb else "AS new "
        return f"{alias}ON DUPLICATE KEY UPDATE {_listed(written)}"
    where = f" WHERE {wins}" if wins else ""
    return f"ON CONFLICT ({unique}) DO UPDATE SET {_listed(written)}{where}"


def _listed(written: dict[str, str]) -> str:
    return ", ".join(f"{column} = {value}" for column, value in written.items())
