"""Write what beat keeps of entries, many in one statement where the database has one for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from django.db import connections
from django.utils import timezone
from djcelery_models.models import PeriodicTask

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper

COLUMNS: Final = (
    "last_run_at",
    "total_run_count",
    "last_due_at",
    "next_run_at",
    "check_at",
    "planned_by",
    "uid",
    "failures",
    "remark",
)


def write(entries: Sequence[PeriodicTask], using: str) -> None:
    """Write the columns of beat; call inside a transaction that holds the rows."""
    if not entries:
        return
    connection = connections[using]
    rows = [[*_values(entry, connection), entry.pk] for entry in entries]
    table = connection.ops.quote_name(PeriodicTask._meta.db_table)  # noqa: SLF001  # documented
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_from_json(table, connection), [json.dumps(rows, default=str)])
        else:
            assigned = ", ".join(f"{column} = %s" for column in COLUMNS)
            cursor.executemany(f"UPDATE {table} SET {assigned} WHERE id = %s", rows)  # noqa: S608  # all known


def disable(entries: Iterable[PeriodicTask], using: str) -> None:
    """Write that entries are switched off, and why."""
    for entry in entries:
        PeriodicTask._base_manager.using(using).filter(pk=entry.pk).update(  # noqa: SLF001  # documented
            enabled=False, disabled_reason=entry.disabled_reason, date_changed=timezone.now()
        )


def _values(entry: PeriodicTask, connection: BaseDatabaseWrapper) -> list[Any]:
    fields = _fields()
    return [
        field.get_db_prep_save(getattr(entry, column), connection)
        for column, field in zip(COLUMNS, fields, strict=True)
    ]


def _fields() -> list[Any]:
    return [PeriodicTask._meta.get_field(column) for column in COLUMNS]  # noqa: SLF001  # documented


def _from_json(table: str, connection: BaseDatabaseWrapper) -> str:
    """PostgreSQL takes all rows as one value, which costs a driver less than many."""
    types = [field.db_type(connection) for field in _fields()]
    assigned = ", ".join(
        f"{column} = (v.item->>{number})::{kind}"
        for number, (column, kind) in enumerate(zip(COLUMNS, types, strict=True))
    )
    number = len(COLUMNS)
    return (
        f"UPDATE {table} SET {assigned} FROM json_array_elements(%s::json) AS v(item) "  # noqa: S608  # all known
        f"WHERE id = (v.item->>{number})::integer"
    )
