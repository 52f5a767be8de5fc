"""Write what beat keeps of entries, many in one statement where the database has one for it."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from django.db import connections
from django.utils import timezone
from djcelery_models.models import PeriodicTask

from .jsonrows import as_json, recordset

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
WITH_KEY: Final = ("id", *COLUMNS)
values_of = attrgetter(*WITH_KEY)


def write(entries: Sequence[PeriodicTask], using: str) -> None:
    """Write the columns of beat; call inside a transaction that holds the rows."""
    if not entries:
        return
    connection = connections[using]
    table = connection.ops.quote_name(PeriodicTask._meta.db_table)  # noqa: SLF001  # documented
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            assigned = ", ".join(f"{column} = v.{column}" for column in COLUMNS)
            rows = recordset(PeriodicTask, WITH_KEY, using)
            statement = f"UPDATE {table} t SET {assigned} FROM {rows} WHERE t.id = v.id"  # noqa: S608  # all known
            cursor.execute(statement, [as_json(WITH_KEY, [values_of(one) for one in entries])])
        else:
            assigned = ", ".join(f"{column} = %s" for column in COLUMNS)
            statement = f"UPDATE {table} SET {assigned} WHERE id = %s"  # noqa: S608  # all known
            cursor.executemany(statement, [_prepared(entry, connection) for entry in entries])


def disable(entries: Iterable[PeriodicTask], using: str) -> None:
    """Write that entries are switched off, and why."""
    for entry in entries:
        PeriodicTask._base_manager.using(using).filter(pk=entry.pk).update(  # noqa: SLF001  # documented
            enabled=False, disabled_reason=entry.disabled_reason, date_changed=timezone.now()
        )


def _prepared(entry: PeriodicTask, connection: BaseDatabaseWrapper) -> list[Any]:
    meta = PeriodicTask._meta  # noqa: SLF001  # documented
    return [
        meta.get_field(column).get_db_prep_save(getattr(entry, column), connection)  # type: ignore[union-attr]  # columns
        for column in (*COLUMNS, "id")
    ]
