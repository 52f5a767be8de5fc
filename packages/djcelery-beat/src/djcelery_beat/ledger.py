"""Write down what became of the runs, and forget it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import connections
from djcelery_models.deletion import Stretch, delete
from djcelery_models.models import Outcome, PeriodicTaskRun

from .jsonrows import as_json, recordset
from .settings import get_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from django.db.backends.base.base import BaseDatabaseWrapper

    from .decision import Span
    from .dispatch import Result

COLUMNS: Final = (
    "entry_id",
    "due_at",
    "last_due_at",
    "count",
    "outcome",
    "reason",
    "sent_at",
    "task_id",
)
EXTENDED: Final = (Outcome.PAUSED, Outcome.OVERLAP)
TRIM_EVERY: Final = 100
"""An entry's rows are counted after so many runs."""


def write(results: Sequence[Result], using: str) -> None:
    """Write what became of the runs; call inside the transaction that settles them."""
    mode = get_settings().ledger
    if mode == "off":
        return
    rows: list[tuple[Any, ...]] = []
    for result in results:
        key = result.entry.pk
        if mode == "all":
            rows += [
                (key, sent.due, sent.due, 1, Outcome.SENT.value, "", sent.sent_at, sent.task_id)
                for sent in result.sent
            ]
        rows += [
            (key, due, due, 1, Outcome.NOT_SENT.value, reason, None, None)
            for due, reason in result.failed
        ]
        rows += [_row(key, span) for span in result.passed_over if not _extended(key, span, using)]
    if rows:
        _insert(rows, connections[using])


def _row(key: int, span: Span) -> tuple[Any, ...]:
    return (
        key,
        span.first,
        span.last,
        span.count,
        span.outcome.value,
        span.reason,
        None,
        None,
    )


def _extended(key: int, span: Span, using: str) -> bool:
    """Whether the entry's last row says the same, and now holds this span too."""
    if span.outcome not in EXTENDED:
        return False
    runs = PeriodicTaskRun.objects.using(using)
    last = runs.filter(entry_id=key).order_by("-due_at").first()
    if last is None or (last.outcome, last.reason) != (span.outcome, span.reason):
        return False
    runs.filter(pk=last.pk).update(last_due_at=span.last, count=last.count + span.count)
    return True


def _insert(rows: Sequence[tuple[Any, ...]], connection: BaseDatabaseWrapper) -> None:
    """A run that is written down already stays as it is."""
    if connection.vendor == "postgresql":
        table = connection.ops.quote_name(PeriodicTaskRun._meta.db_table)  # noqa: SLF001  # documented
        names = ", ".join(COLUMNS)
        selected = f"SELECT {names} FROM {recordset(PeriodicTaskRun, COLUMNS, connection.alias)}"  # noqa: S608  # all known
        statement = f"INSERT INTO {table} ({names}) {selected} ON CONFLICT DO NOTHING"
        with connection.cursor() as cursor:
            cursor.execute(statement, [as_json(COLUMNS, rows)])
        return
    made = [PeriodicTaskRun(**dict(zip(COLUMNS, row, strict=True))) for row in rows]
    PeriodicTaskRun.objects.using(connection.alias).bulk_create(made, ignore_conflicts=True)


def trim(results: Iterable[Result], using: str) -> None:
    """Forget the oldest rows of the entries that have just had another hundred runs."""
    most = get_settings().ledger_rows
    if not most:
        return
    for result in results:
        runs = result.entry.total_run_count
        if (runs - len(result.sent)) // TRIM_EVERY != runs // TRIM_EVERY:
            of_entry = PeriodicTaskRun.objects.using(using).filter(entry_id=result.entry.pk)
            newest = of_entry.order_by("-due_at").values_list("due_at", flat=True)
            oldest = next(iter(newest[most - 1 : most]), None)
            if oldest is not None:
                of_entry.filter(due_at__lt=oldest).delete()


def forget(using: str, now: datetime) -> Iterator[int]:
    """Delete old rows in batches, and yield how many went with each."""
    age = get_settings().ledger_expires
    if age is not None:
        old = PeriodicTaskRun.objects.using(using).filter(due_at__lt=now - age)
        yield from delete(Stretch(rows=old, by="due_at"))
