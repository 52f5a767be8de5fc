"""Write down what became of the runs, and forget it again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from django.db import connections
from djcelery_models.deletion import Stretch, delete
from djcelery_models.models import Outcome, PeriodicTaskRun

from .decision import Span
from .jsonrows import as_json, recordset
from .settings import get_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime, timedelta

    from .dispatch import Result

OF_SENT: Final = ("entry_id", "due_at", "last_due_at", "sent_at", "task_id")
ALL_SENT: Final[dict[str, Any]] = {"outcome": Outcome.SENT.value, "reason": "", "count": 1}
OF_OTHERS: Final = ("entry_id", "due_at", "last_due_at", "count", "outcome", "reason")
EXTENDED: Final = (Outcome.PAUSED, Outcome.OVERLAP, Outcome.NOT_SENT)
MOST: Final = 2**31 - 1
"""What the column for a number of runs holds; more are told as that many."""
TRIM_EVERY: Final = 100
"""An entry's rows are counted after so many runs."""


def write(results: Sequence[Result], using: str) -> None:
    """Write what became of the runs; call inside the transaction that settles them."""
    mode = get_settings().ledger
    if mode == "off":
        return
    others: list[tuple[Any, ...]] = []
    for result in results:
        key = result.entry.pk
        others += [
            (key, one.first, one.last, min(one.count, MOST), one.outcome.value, one.reason)
            for one in (*_failed(result), *result.passed_over)
            if not _extended(key, one, using)
        ]
    _insert(OF_OTHERS, others, {}, using)
    if mode == "all":
        sent = [
            (result.entry.pk, one.due, one.due, one.sent_at, one.task_id)
            for result in results
            for one in result.sent
        ]
        _insert(OF_SENT, sent, ALL_SENT, using)


def _failed(result: Result) -> list[Span]:
    """The runs that could not be sent; those with one reason are one span."""
    spans: list[Span] = []
    for due, reason in result.failed:
        if spans and spans[-1].reason == reason:
            spans[-1] = replace(spans[-1], last=due, count=spans[-1].count + 1)
        else:
            outcome = Outcome.NOT_SENT
            spans.append(Span(first=due, last=due, count=1, outcome=outcome, reason=reason))
    return spans


def _extended(key: int, span: Span, using: str) -> bool:
    """Whether the entry's last row says the same, and now holds this span too."""
    if span.outcome not in EXTENDED:
        return False
    runs = PeriodicTaskRun.objects.using(using)
    last = runs.filter(entry_id=key).order_by("-due_at").first()
    if last is None or (last.outcome, last.reason) != (span.outcome, span.reason):
        return False
    runs.filter(pk=last.pk).update(last_due_at=span.last, count=min(last.count + span.count, MOST))
    return True


def _insert(
    columns: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
    constants: dict[str, Any],
    using: str,
) -> None:
    """Insert ``rows``, each with ``constants``; a run that is written down already stays."""
    if not rows:
        return
    connection = connections[using]
    if connection.vendor == "postgresql":
        table = connection.ops.quote_name(PeriodicTaskRun._meta.db_table)  # noqa: SLF001  # documented
        names = ", ".join((*columns, *constants))
        values = ", ".join((*columns, *(["%s"] * len(constants))))
        source = recordset(PeriodicTaskRun, columns, using)
        statement = (
            f"INSERT INTO {table} ({names}) SELECT {values} FROM {source} ON CONFLICT DO NOTHING"  # noqa: S608  # all known
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, [*constants.values(), as_json(columns, rows)])
        return
    made = [PeriodicTaskRun(**dict(zip(columns, row, strict=True)), **constants) for row in rows]
    PeriodicTaskRun.objects.using(using).bulk_create(made, ignore_conflicts=True)


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
    earliest = _before(now, age)
    if earliest is not None:
        old = PeriodicTaskRun.objects.using(using).filter(due_at__lt=earliest)
        yield from delete(Stretch(rows=old, by="due_at"))


def _before(now: datetime, age: timedelta | None) -> datetime | None:
    try:
        return None if age is None else now - age
    except OverflowError:  # longer than there is time
        return None
