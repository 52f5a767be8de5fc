"""What stops a migration of old tables, and the SQL that mends it."""

# ruff: noqa: S608, SLF001  # Django quotes the names in the SQL, and documents Model._meta

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .completion import fields_of, missing_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

SHOWN_ROWS = 10
BYTES = ("BLOB", "17")
"""What drivers call a column of bytes: that of SQLite, and that of PostgreSQL by its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What would stop ``migrate``, and the SQL that mends it, in order."""

    problem: str
    statements: tuple[str, ...]


def find_obstacles(
    connection: BaseDatabaseWrapper, models: list[type[Model]], present: list[type[Model]]
) -> Iterator[Finding]:
    """All findings, in the order in which they must be mended.

    present: those of ``models`` that have a table.
    """
    yield from find_foreign_tables(connection, present)
    yield from find_old_engines(connection, present)
    yield from find_missing_tables(connection, models, present)
    yield from find_dangling_keys(connection, present)


def is_foreign(connection: BaseDatabaseWrapper, model: type[Model]) -> bool:
    """Whether a result table is that of Celery's SQLAlchemy backend, which has our names.

    It lacks ``hidden``, as ours did before 2.5, and holds pickles as bytes, which ours never did.
    """
    table = model._meta.db_table
    if not table.startswith("celery_"):
        return False
    with connection.cursor() as cursor:
        description = connection.introspection.get_table_description(cursor, table)
    columns = {column.name: column.type_code for column in description}
    return "hidden" not in columns and holds_bytes(connection, table, columns.get("result"))


def holds_bytes(connection: BaseDatabaseWrapper, table: str, type_code: object) -> bool:
    """Whether the column ``result`` of ``table``, whose type has this code, is no text."""
    if connection.vendor != "mysql":
        return str(type_code).upper() in BYTES
    with connection.cursor() as cursor:  # to the driver text is bytes, too
        cursor.execute(
            "SELECT data_type LIKE '%%blob' FROM information_schema.columns WHERE "
            "table_schema = DATABASE() AND table_name = %s AND column_name = 'result'",
            [table],
        )
        found = cursor.fetchone()
    return bool(found and found[0])


def find_foreign_tables(
    connection: BaseDatabaseWrapper, present: list[type[Model]]
) -> Iterator[Finding]:
    quote = connection.ops.quote_name
    for model in present:
        if is_foreign(connection, model):
            table = model._meta.db_table
            rename = f"ALTER TABLE {quote(table)} RENAME TO {quote(table + '_sqlalchemy')};"
            yield Finding(
                problem=f"{table} is a table of Celery's SQLAlchemy backend, which must give up "
                f"the name",
                statements=(rename, *create_statements(connection, [model])),
            )


def find_old_engines(
    connection: BaseDatabaseWrapper, present: list[type[Model]]
) -> Iterator[Finding]:
    """Tables of MySQL's old engine, which knows neither transactions nor foreign keys."""
    if connection.vendor != "mysql":
        return
    tables = {model._meta.db_table for model in present}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, engine FROM information_schema.tables "
            "WHERE table_schema = DATABASE() AND engine <> 'InnoDB' ORDER BY table_name"
        )
        rows = cursor.fetchall()
    for table, engine in rows:
        if table in tables:
            yield Finding(
                problem=f"{table} is stored by {engine}, which has no transactions",
                statements=(f"ALTER TABLE {connection.ops.quote_name(table)} ENGINE=InnoDB;",),
            )


def find_missing_tables(
    connection: BaseDatabaseWrapper, models: list[type[Model]], present: list[type[Model]]
) -> Iterator[Finding]:
    missing = [model for model in models if model not in present]
    if missing:
        names = ", ".join(model._meta.db_table for model in missing)
        yield Finding(
            problem=f"missing: {names}",
            statements=tuple(create_statements(connection, missing)),
        )


def create_statements(connection: BaseDatabaseWrapper, models: Iterable[type[Model]]) -> list[str]:
    """The SQL that makes the tables of ``models``, as a migration would."""
    editor = connection.schema_editor(collect_sql=True)
    editor.deferred_sql = []  # entering the editor would do it, but leaving it checks all rows
    for model in models:
        editor.create_model(model)
    for statement in editor.deferred_sql:
        editor.execute(statement)
    return [str(statement) for statement in editor.collected_sql]


def find_dangling_keys(
    connection: BaseDatabaseWrapper, present: list[type[Model]]
) -> Iterator[Finding]:
    for model in present:
        absent = missing_columns(connection, model)
        for field in fields_of(model):
            if field.is_relation and field not in absent:
                yield from find_dangling(connection, model, field, present)


def find_dangling(
    connection: BaseDatabaseWrapper,
    model: type[Model],
    field: Any,
    present: list[type[Model]],
) -> Iterator[Finding]:
    target = field.related_model
    quote = connection.ops.quote_name
    table, column = model._meta.db_table, field.column
    where = f"{quote(column)} IS NOT NULL"
    if target in present:
        parent = quote(target._meta.db_table)
        where += (
            f" AND NOT EXISTS (SELECT 1 FROM {parent} "
            f"WHERE {parent}.{quote('id')} = {quote(table)}.{quote(column)})"
        )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {quote(table)} WHERE {where} ORDER BY id")
        ids = [str(row[0]) for row in cursor.fetchall()]
    if ids:
        shown = ", ".join(ids[:SHOWN_ROWS]) + (", ..." if len(ids) > SHOWN_ROWS else "")
        yield Finding(
            problem=f"{table}.{column} points to rows of {target._meta.db_table} that do not "
            f"exist, in {len(ids)} row(s) with the id {shown}",
            statements=(f"UPDATE {quote(table)} SET {quote(column)} = NULL WHERE {where};",),
        )
