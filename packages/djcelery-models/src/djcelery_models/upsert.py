"""Store a row whether or not it exists, in one statement and without a look before."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from django.db import NotSupportedError, connections, transaction
from django.db.models.constants import OnConflict

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Field, Model


def upsert(row: Model, *, unique: str, using: str) -> None:
    """Insert ``row``, or write all its values over the row that has the same ``unique`` value.

    In autocommit that is one statement; inside ``atomic`` it has a savepoint. The row is not given
    its primary key. Raises NotSupportedError on a database without such a statement.
    """
    connection = connections[using]
    concrete = row._meta.local_concrete_fields  # noqa: SLF001  # documented
    fields: list[Field[Any, Any]] = [field for field in concrete if not field.primary_key]
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    statement = _statement(fields, unique, connection)
    atomic = transaction.atomic(using=using) if connection.in_atomic_block else nullcontext()
    with atomic, connection.cursor() as cursor:
        cursor.execute(statement, values)


def _statement(fields: list[Field[Any, Any]], unique: str, connection: BaseDatabaseWrapper) -> str:
    if not connection.features.supports_update_conflicts:
        raise NotSupportedError(f"{connection.display_name} cannot insert or update in one step")
    quote = connection.ops.quote_name
    suffix = connection.ops.on_conflict_suffix_sql(
        fields,
        OnConflict.UPDATE,
        [field.column for field in fields if field.name != unique],
        [field.column for field in fields if field.name == unique],
    )
    columns = ", ".join(quote(str(field.column)) for field in fields)
    values = ", ".join(["%s"] * len(fields))
    table = quote(fields[0].model._meta.db_table)  # noqa: SLF001  # documented
    return f"INSERT INTO {table} ({columns}) VALUES ({values}) {suffix}"  # noqa: S608  # all quoted
