"""Delete rows in batches, each in a short transaction of its own, on the way along an index.

A batch is what lies between two values of the indexed field, so no row is looked at twice, and
whether a row goes is decided by the statement that deletes it: one that was stored anew stays.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.db import connections, transaction
from django.db.models import Q
from django.db.models.deletion import Collector
from django.db.models.signals import post_delete, pre_delete

from .pace import Pace
from .parameters import in_one_parameter
from .transactions import transaction_retry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from django.db.models import Model, QuerySet

LARGEST: Final = 20_000
FIRST: Final = 1_000
FIRST_LOADED: Final = 10
"""What receivers do with a row may take long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Rows that an index finds in the order of the field ``by``; those for which ``goes`` holds go.

    rows: on one database.
    """

    rows: QuerySet[Any]
    by: str
    goes: Q = field(default_factory=Q)


def delete(stretch: Stretch, *, largest: int = LARGEST) -> Iterator[int]:
    """Delete the rows that go, and yield after each batch how many went with it.

    largest: rows in a batch at the most. Where somebody listens to the delete signals, or a key
    refers to the rows, Django loads them: then those of one batch at a time.
    """
    is_loaded = not Collector(using=stretch.rows.db).can_fast_delete(stretch.rows)
    pace = Pace(first=FIRST_LOADED if is_loaded else FIRST, largest=largest)
    for window in windows(stretch.rows, stretch.by, _width(pace, is_loaded=is_loaded)):
        rows, is_left = window.filter(stretch.goes), True
        while is_left:
            size, started = pace.size, time.monotonic()
            gone = _remove_loaded(rows, size) if is_loaded else _remove(rows)
            seconds = time.monotonic() - started
            pace.learn(gone=gone, seconds=seconds)
            yield gone
            is_left = is_loaded and gone == size
            _let_others_write(rows, seconds)


def count(stretch: Stretch) -> int:
    """How many rows would go, counted in short statements."""
    found = windows(stretch.rows, stretch.by, lambda: LARGEST)
    return sum(window.filter(stretch.goes).count() for window in found)


def windows(rows: QuerySet[Any], by: str, size: Callable[[], int]) -> Iterator[QuerySet[Any]]:
    """``rows`` in the order of ``by``, as querysets of at most ``size()`` rows each.

    A value that more rows have is divided by the primary key.
    """
    rows = rows.order_by(by)
    rest, start = rows, None
    while (bound := after(rest, by, size())) is not None:
        if bound == start:
            yield from windows(rows.filter(**{by: bound}), "pk", size)
            rest, start = rows.filter(**{f"{by}__gt": bound}), None
        else:
            yield rest.filter(**{f"{by}__lt": bound})
            rest, start = rows.filter(**{f"{by}__gte": bound}), bound
    yield rest


@transaction_retry(max_retries=3)
def after(rows: QuerySet[Any], by: str, number: int) -> Any:
    """The value of ``by`` of the row that comes after ``number`` others; None: there is none."""
    return next(iter(rows.values_list(by, flat=True)[number : number + 1]), None)


def _width(pace: Pace, *, is_loaded: bool) -> Callable[[], int]:
    """How many rows to look through at once: so many as go, or as four batches of loaded ones."""
    return lambda: max(4 * pace.size, FIRST) if is_loaded else pace.size


@transaction_retry(max_retries=3)
def _remove(rows: QuerySet[Any]) -> int:
    """Delete ``rows``; again if another transaction was in the way. Returns how many there were."""
    return _number(rows, rows.delete())


@transaction_retry(max_retries=3)
def _remove_loaded(rows: QuerySet[Any], size: int) -> int:
    """Delete ``size`` of the ``rows``, each with its signals; nobody can store them meanwhile."""
    with transaction.atomic(using=rows.db):
        if not _locks_rows(rows):
            rows.filter(hidden=None).update(hidden=True)  # a write, even of no row, locks them all
        loaded = list(rows.select_for_update()[:size])
        if _stands_alone(rows.model):
            return _announce_and_remove(rows, loaded)
        collector = Collector(using=rows.db, origin=rows)
        collector.collect(loaded)
        return _number(rows, collector.delete())


def _announce_and_remove(rows: QuerySet[Any], loaded: Sequence[Model]) -> int:
    """What Django's collector does, in one statement where that takes one for 100 rows."""
    if not loaded:
        return 0
    told = {"sender": rows.model, "using": rows.db, "origin": rows}
    for row in loaded:
        pre_delete.send(instance=row, **told)
    gone = _remove_by_keys(rows, [row.pk for row in loaded])
    for row in loaded:
        post_delete.send(instance=row, **told)
    return gone


def _remove_by_keys(rows: QuerySet[Any], keys: Iterable[Any]) -> int:
    connection, pk = connections[rows.db], rows.model._meta.pk  # noqa: SLF001  # documented
    prepared = [pk.get_db_prep_value(key, connection) for key in keys]
    wanted = in_one_parameter(connection, prepared, pk.rel_db_type(connection))
    chosen = rows.model._base_manager.using(rows.db).filter(pk__in=wanted)  # noqa: SLF001  # documented
    gone: int = chosen._raw_delete(rows.db)  # noqa: SLF001  # delete() would load them again
    return gone


def _stands_alone(model: type[Model]) -> bool:
    """Whether no key refers to the rows, and no part of them is in another table."""
    fields = model._meta.get_fields(include_hidden=True)  # noqa: SLF001  # documented
    return all(field.concrete for field in fields) and not model._meta.parents  # noqa: SLF001  # documented


def _number(rows: QuerySet[Any], deleted: tuple[int, dict[str, int]]) -> int:
    """How many of ``deleted`` were of the model of ``rows``; the others referred to them."""
    return deleted[1].get(rows.model._meta.label, 0)  # noqa: SLF001  # documented


def _let_others_write(rows: QuerySet[Any], seconds: float) -> None:
    """Where one writer locks out all others, leave them as much time as the batch has taken."""
    if not _locks_rows(rows) and not connections[rows.db].in_atomic_block:
        time.sleep(seconds)


def _locks_rows(rows: QuerySet[Any]) -> bool:
    has_locks: bool = connections[rows.db].features.has_select_for_update
    return has_locks
