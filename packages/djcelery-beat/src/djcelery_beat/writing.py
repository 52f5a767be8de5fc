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

MOVED: Final = ("last_run_at", "total_run_count", "last_due_at", "next_run_at", "check_at")
SELDOM: Final = ("planned_by", "uid", "failures", "remark")
FEW: Final = 3
"""So many are written sooner one by one than PostgreSQL has planned for a set."""
seldom_of = attrgetter(*SELDOM)


def write(entries: Sequence[PeriodicTask], changed: Sequence[PeriodicTask], using: str) -> None:
    """Write the columns of beat; call inside a transaction that holds the rows.

    changed: those of ``entries`` of which a column of ``SELDOM`` is another one now.
    """
    _update(entries, MOVED, using)
    _update(changed, SELDOM, using)


def _update(entries: Sequence[PeriodicTask], columns: tuple[str, ...], using: str) -> None:
    if not entries:
        return
    connection = connections[using]
    table = connection.ops.quote_name(PeriodicTask._meta.db_table)  # noqa: SLF001  # documented
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and len(entries) > FEW:
            names = ("id", *columns)
            values_of = attrgetter(*names)
            assigned = ", ".join(f"{column} = v.{column}" for column in columns)
            rows = recordset(PeriodicTask, names, using)
            statement = f"UPDATE {table} t SET {assigned} FROM {rows} WHERE t.id = v.id"  # noqa: S608  # all known
            cursor.execute(statement, [as_json(names, [values_of(one) for one in entries])])
        else:
            assigned = ", ".join(f"{column} = %s" for column in columns)
            statement = f"UPDATE {table} SET {assigned} WHERE id = %s"  # noqa: S608  # all known
            names = (*columns, "id")
            cursor.executemany(statement, [_prepared(one, names, connection) for one in entries])


def disable(entries: Iterable[PeriodicTask], using: str) -> None:
    """Write that entries are switched off, and why."""
    for entry in entries:
        PeriodicTask._base_manager.using(using).filter(pk=entry.pk).update(  # noqa: SLF001  # documented
            enabled=False, disabled_reason=entry.disabled_reason, date_changed=timezone.now()
        )


def _prepared(
    entry: PeriodicTask, names: Sequence[str], connection: BaseDatabaseWrapper
) -> list[Any]:
    meta = PeriodicTask._meta  # noqa: SLF001  # documented
    return [
        meta.get_field(column).get_db_prep_save(getattr(entry, column), connection)  # type: ignore[union-attr]  # columns
        for column in names
    ]
