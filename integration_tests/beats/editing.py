"""The ways in which people edit rows of the schedule, and what is edited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from django.db import connection, transaction
from djcelery_models.models import ClockedSchedule, IntervalSchedule, PeriodicTask

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.models import Model

    Edit = Callable[[Any, Mapping[str, Any]], None]

PAST: Final = datetime.now(UTC) - timedelta(hours=1)  # the ledger keeps runs of last week
FUTURE: Final = datetime(2999, 1, 1, tzinfo=UTC)
NOW: Final = {
    "postgresql": "now()",
    "mysql": "UTC_TIMESTAMP(6)",
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')",
}
EDITED: Final = ("entry", "schedule")
KIND_OF: Final[dict[type[Model], str]] = {IntervalSchedule: "interval", ClockedSchedule: "clocked"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """An entry that an edit lets run more often, and one that it lets run at once."""

    often: PeriodicTask
    at_once: PeriodicTask


def make_pair() -> Pair:
    """Two entries, each with a schedule row of its own, that are not due for long."""
    daily = IntervalSchedule.objects.create(every=1, period="days")
    late = ClockedSchedule.objects.create(clocked_time=FUTURE)
    return Pair(often=make_entry(interval=daily), at_once=make_entry(clocked=late))


def make_entry(**fields: Any) -> PeriodicTask:
    name = f"entry {uuid4().hex}"
    return PeriodicTask.objects.create(name=name, task="shop.tasks.add", args="[1, 2]", **fields)


def edit_pair(pair: Pair, edited: str, way: str) -> None:
    """Edit both in one transaction: the entries themselves, or the schedules that they have."""
    edit = WAYS[way]
    hourly = IntervalSchedule.from_schedule(3_600)
    past = ClockedSchedule.from_schedule(PAST)
    with transaction.atomic():
        if edited == "entry":
            edit(pair.often, {"interval_id": hourly.pk})
            edit(pair.at_once, {"clocked_id": past.pk})
        else:
            edit(pair.often.interval, {"every": 1, "period": "hours"})
            edit(pair.at_once.clocked, {"clocked_time": PAST})


def by_save(row: Model, columns: Mapping[str, Any]) -> None:
    for name, value in columns.items():
        setattr(row, name, value)
    row.save()


def by_update(row: Model, columns: Mapping[str, Any]) -> None:
    _rows(row).filter(pk=row.pk).update(**columns)


def by_bulk_update(row: Model, columns: Mapping[str, Any]) -> None:
    for name, value in columns.items():
        setattr(row, name, value)
    _rows(row).bulk_update([row], list(columns))


def by_sql(row: Model, columns: Mapping[str, Any]) -> None:
    """In SQL alone, ``check_at`` of the entries that it is about included."""
    meta = row._meta
    fields: list[Any] = [meta.get_field(name) for name in columns]
    assigned = ", ".join(f"{field.column} = %s" for field in fields)
    values = [
        field.get_db_prep_save(value, connection)
        for field, value in zip(fields, columns.values(), strict=True)
    ]
    column = f"{KIND_OF[type(row)]}_id" if type(row) in KIND_OF else "id"
    entries = PeriodicTask._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {meta.db_table} SET {assigned} WHERE id = %s", [*values, row.pk])
        cursor.execute(
            f"UPDATE {entries} SET check_at = {NOW[connection.vendor]} WHERE {column} = %s",
            [row.pk],
        )


def _rows(row: Model) -> Any:
    return type(row)._default_manager


WAYS: Final[dict[str, Edit]] = {
    "save": by_save,
    "update": by_update,
    "bulk_update": by_bulk_update,
    "sql": by_sql,
}
