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
"""So many are written sooner one by one than a statement for a set is planned."""
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
    at_once = AT_ONCE.get(connection.vendor) if len(entries) > FEW else None
    with connection.cursor() as cursor:
        if at_once is not None:
            cursor.execute(*at_once(table, entries, columns, connection))
        else:
            assigned = ", ".join(f"{column} = %s" for column in columns)
            statement = f"UPDATE {table} SET {assigned} WHERE id = %s"  # noqa: S608  # all known
            names = (*columns, "id")
            cursor.executemany(statement, [_prepared(one, names, connection) for one in entries])


def _from_json(
    table: str,
    entries: Sequence[PeriodicTask],
    columns: tuple[str, ...],
    connection: BaseDatabaseWrapper,
) -> tuple[str, list[Any]]:
    names = ("id", *columns)
    values_of = attrgetter(*names)
    assigned = ", ".join(f"{column} = v.{column}" for column in columns)
    rows = recordset(PeriodicTask, names, connection.alias)
    statement = f"UPDATE {table} t SET {assigned} FROM {rows} WHERE t.id = v.id"  # noqa: S608  # all known
    return statement, [as_json(names, [values_of(one) for one in entries])]


def _from_union(
    table: str,
    entries: Sequence[PeriodicTask],
    columns: tuple[str, ...],
    connection: BaseDatabaseWrapper,
) -> tuple[str, list[Any]]:
    """For MariaDB and MySQL, which must begin with these rows so that they lock no others."""
    names = ("id", *columns)
    first = ", ".join(f"%s AS {name}" for name in names)
    others = ", ".join(["%s"] * len(names))
    rows = " UNION ALL SELECT ".join([first, *[others] * (len(entries) - 1)])
    assigned = ", ".join(f"t.{column} = v.{column}" for column in columns)
    statement = f"UPDATE (SELECT {rows}) v STRAIGHT_JOIN {table} t ON t.id = v.id SET {assigned}"  # noqa: S608  # all known
    return statement, [value for one in entries for value in _prepared(one, names, connection)]


AT_ONCE: Final = {"postgresql": _from_json, "mysql": _from_union}
"""How many rows are updated in one statement, where there is one that takes less time."""


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
