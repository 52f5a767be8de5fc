"""Chords: each part is counted once, and the body is sent once all are done.

The chord is a row, and so is each part that was counted, written in the transaction of the part's
result. Whoever counts the last part claims the chord and sends the body, under the id that it has
from the beginning. Who dies in between leaves a claim that grows stale, and the chord to another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from celery.result import GroupResult
from django.db import connections, router, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.constants import OnConflict
from djcelery_models.deletion import Stretch
from djcelery_models.encoding import Stored
from djcelery_models.models import ChordMeta, ChordPart
from djcelery_models.upsert import Over, upsert_statement
from kombu.utils import json

from .connection import own_connection, seeing
from .storing import store
from .taskvalues import in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.backends.utils import CursorWrapper
    from django.db.models import QuerySet

MOST: Final = 100
STALE: Final = timedelta(seconds=60)
"""After that a claim is of a process that died: the body is published within seconds."""

AGAIN: Final = Over(condition="{old_fired_at} IS NOT NULL", reads=("fired_at",))
"""A chord that is applied anew begins anew, unless its parts are still under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A task of a header that is done; ``status`` and ``stored`` of one that ignores its result."""

    group_id: str
    task_id: str
    status: str | None = None
    stored: Stored | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How many parts of a chord are done, of how many; None: not known."""

    counted: int | None
    size: int

    @property
    def is_complete(self) -> bool:
        return self.counted is not None and self.counted >= self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A chord to fire; ``is_repeated`` if another process may have done so and died."""

    chord: ChordMeta
    is_repeated: bool


def database() -> str:
    """The alias of the database that chords are in."""
    return router.db_for_write(ChordMeta)


def begin(group_id: str, header: list[Any], body: Stored) -> bool:
    """Store a chord before its header is sent; ``header`` is what ``header_ids`` gives.

    Whether that is in a transaction of the caller's. Then the parts may be done before the chord
    can be seen: it must be settled once that is committed.
    """
    using = database()
    is_overtaken = own_connection(using) is None and connections[using].in_atomic_block
    values = {
        "group_id": group_id,
        "header": json.dumps(header),
        "body": body.text,
        "content_type": body.content_type,
        "content_encoding": body.content_encoding,
        "size": sum(1 for _ in leaves(header)),
        "counted": None if is_overtaken else 0,
        "stored_at": datetime.now(UTC),
        "claimed_at": None,
        "fired_at": None,
    }

    def write(cursor: CursorWrapper) -> None:
        statement = upsert_statement(ChordMeta, "group_id", AGAIN, using)  # MariaDB may be asked
        cursor.execute(statement.sql, in_order(values, statement, cursor.db))

    store(write, using=using, what=f"the chord {group_id}")
    return is_overtaken


def count(part: Part, cursor: CursorWrapper) -> Progress | None:
    """Count a part unless it was counted; None if its chord is unknown or was fired.

    To be called inside the transaction of the part's result.
    """
    is_new = _insert(part, cursor)
    under_way = _under_way().filter(group_id=part.group_id)
    if is_new:
        under_way.update(counted=F("counted") + 1, stored_at=datetime.now(UTC))
    for counted, size in under_way.values_list("counted", "size"):
        return Progress(counted=counted, size=size)
    if is_new and _chords().filter(group_id=part.group_id).exists():
        _parts(part.group_id).filter(task_id=part.task_id).delete()
    return None


def settle(group_id: str) -> Progress | None:
    """Count the parts of a chord that they may have overtaken; None if it was fired or is gone."""
    with seeing(database()), transaction.atomic(using=database()):
        under_way = _under_way().filter(group_id=group_id)
        under_way.update(stored_at=datetime.now(UTC))  # which locks it, before the count
        under_way.update(counted=_parts(group_id).count())
        for counted, size in under_way.values_list("counted", "size"):
            return Progress(counted=counted, size=size)
    return None


def extend(group_id: str, header: list[Any]) -> None:
    """Let a chord wait for more tasks."""
    added = sum(1 for _ in leaves(header))
    with seeing(database()), transaction.atomic(using=database()):
        under_way = _under_way().filter(group_id=group_id)
        under_way.update(size=F("size") + added)  # which locks it, before its header is read
        for known in under_way.values_list("header", flat=True):
            under_way.update(header=json.dumps([*json.loads(known), *header]))


def claim(group_id: str) -> Claim | None:
    """The chord, for the caller alone to fire; None if parts are missing or it was claimed."""
    now = datetime.now(UTC)
    under_way = _under_way().filter(group_id=group_id, counted__gte=F("size"))
    with seeing(database()):
        for condition in ({"claimed_at": None}, {"claimed_at__lt": now - STALE}):
            if under_way.filter(**condition).update(claimed_at=now):
                return Claim(chord=under_way.get(), is_repeated=condition != {"claimed_at": None})
    return None


def release(chord: ChordMeta) -> None:
    """Take back a claim: another may try to fire the chord."""
    with seeing(database()):
        _under_way().filter(pk=chord.pk).update(claimed_at=None)


def finish(chord: ChordMeta) -> None:
    """Note that the body was sent, and forget the parts."""
    with seeing(database()), transaction.atomic(using=database()):
        _under_way().filter(pk=chord.pk).update(fired_at=datetime.now(UTC))
        _parts(chord.group_id).delete()


def group_of(task_id: str) -> str | None:
    """The group of the chord under way that waits for this task, if there is one."""
    with seeing(database()):
        waiting = _under_way().filter(header__contains=json.dumps(task_id))
        return waiting.values_list("group_id", flat=True).first()


def left_behind() -> list[str]:
    """The groups whose chord is complete, and which nobody is about to fire."""
    unclaimed = Q(claimed_at=None) | Q(claimed_at__lt=datetime.now(UTC) - STALE)
    return _groups(Q(unclaimed, counted__gte=F("size")))


def unsettled() -> list[str]:
    """The groups whose chord was stored in a transaction, by a process that did not settle it."""
    return _groups(Q(counted=None, stored_at__lt=datetime.now(UTC) - STALE))


def expired(age: timedelta) -> list[Stretch]:
    """What ``age`` has passed over: chords fired or last counted before, and parts of no chord."""
    limit = datetime.now(UTC) - age
    chord = Exists(_chords().filter(group_id=OuterRef("group_id")))
    parts = ChordPart.objects.using(database())
    return [
        Stretch(rows=_chords().filter(fired_at__lt=limit), by="fired_at"),
        Stretch(rows=_under_way(), by="pk", goes=Q(stored_at__lt=limit)),
        Stretch(rows=parts, by="pk", goes=Q(~chord, stored_at__lt=limit)),
    ]


def ignored(chord: ChordMeta) -> dict[str, Stored]:
    """The results of parts that are stored nowhere else, by task id."""
    with seeing(database()):
        parts = list(_parts(chord.group_id).exclude(status=None))
    return {
        part.task_id: Stored(
            text=part.result,
            content_type=part.content_type,
            content_encoding=part.content_encoding,
            status=part.status,
            owner=f"task {part.task_id}",
        )
        for part in parts
    }


def header_ids(results: Iterable[Any] | None) -> list[Any]:
    """The ids of the tasks in a header, with a list in place of each group."""
    return [
        header_ids(result.results) if isinstance(result, GroupResult) else result.id
        for result in results or ()
    ]


def leaves(header: list[Any]) -> Iterator[str]:
    """The ids in ``header``, in order."""
    for entry in header:
        if isinstance(entry, list):
            yield from leaves(entry)
        else:
            yield entry


def _chords() -> QuerySet[ChordMeta]:
    return ChordMeta.objects.using(database())


def _under_way() -> QuerySet[ChordMeta]:
    return _chords().filter(fired_at=None)


def _groups(which: Q) -> list[str]:
    with seeing(database()):
        return list(_under_way().filter(which).values_list("group_id", flat=True)[:MOST])


def _parts(group_id: str) -> QuerySet[ChordPart]:
    return ChordPart.objects.using(database()).filter(group_id=group_id)


def _insert(part: Part, cursor: CursorWrapper) -> bool:
    """Insert a part; whether it was not there."""
    stored = part.stored or Stored(text=None)
    row = ChordPart(
        group_id=part.group_id,
        task_id=part.task_id,
        status=part.status,
        result=stored.text,
        content_type=stored.content_type,
        content_encoding=stored.content_encoding,
    )
    meta, connection = ChordPart._meta, cursor.db  # noqa: SLF001  # documented
    fields = [field for field in meta.concrete_fields if field is not meta.auto_field]
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    quote, ignore = connection.ops.quote_name, OnConflict.IGNORE
    cursor.execute(
        f"{connection.ops.insert_statement(on_conflict=ignore)} {quote(meta.db_table)} "
        f"({', '.join(quote(str(field.column)) for field in fields)}) "
        f"VALUES ({', '.join(['%s'] * len(fields))}) "
        f"{connection.ops.on_conflict_suffix_sql([], ignore, [], [])}",
        values,
    )
    return bool(cursor.rowcount)
