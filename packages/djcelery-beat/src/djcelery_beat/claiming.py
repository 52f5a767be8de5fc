"""Take entries that beat has to look at, so that no other beat does.

Where the database can pass over locked rows a claim is a lock, which ends with the transaction or
the process. Elsewhere it is a lease that is written down, and ends at a time.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from django.db import DataError, connections, transaction
from django.db.models import Q
from django.utils import timezone
from djcelery_models.models import PeriodicTask

from .kinds import MODELS
from .rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet

CHECK_AT: Final = PeriodicTask._meta.get_field("check_at")  # noqa: SLF001  # documented
BY_CHECK_AT: Final = "djcelery_periodictask_due"
UNREADABLE: Final = (DataError, ValueError, OverflowError)
READ_COMMITTED: Final = "READ COMMITTED"
ASK_LEVEL: Final = {
    "postgresql": "SHOW default_transaction_isolation",
    "mysql": "SHOW VARIABLES WHERE Variable_name IN ('transaction_isolation', 'tx_isolation')",
}
LEASE: Final = timedelta(seconds=10)


logger = logging.getLogger(__name__)

_levels: dict[str, tuple[object, str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Which entries to claim: at most ``size``, to be looked at from ``since`` until ``now``.

    only: the key of the one that is wanted.
    """

    since: datetime
    now: datetime
    size: int
    only: int | None = None


def first_check(using: str, since: datetime | None) -> datetime | None:
    """When the next entry has to be looked at, not before ``since``; None: there is none."""
    known, params = "IS NOT NULL", []
    if since is not None:
        known, params = ">= %s", [_prepared(_bound(since, using), using)]
    ordered = f"enabled = true AND check_at {known} ORDER BY check_at LIMIT 1"
    found = rows_of(PeriodicTask, using).values("check_at", ordered, params)
    return found[0] if found else None


def adopt(using: str, now: datetime, *, most: int = 1_000) -> int:
    """Have entries looked at that an older release or SQL has left without a time; how many."""
    entries = _entries(using).filter(enabled=True, check_at=None)
    with transaction.atomic(using=using):
        free = entries.select_for_update(skip_locked=can_lock(using))
        keys = list(free.values_list("pk", flat=True)[:most])
        return _entries(using).filter(pk__in=keys).update(check_at=now)


def switch_off(using: str, key: int, reason: str) -> None:
    """Disable an entry that beat cannot work with, without reading it."""
    nothing = {"next_run_at": None, "check_at": None, "planned_by": None}
    _entries(using).filter(pk=key).update(
        enabled=False,
        disabled_reason=reason,
        date_changed=timezone.now(),
        **nothing,
    )


def switch_off_unreadable(using: str, *, most: int = 1_000) -> None:
    """Disable the entries that hold what Python has no value for: a moment at infinity, say."""
    with connections[using].cursor() as cursor:
        table = rows_of(PeriodicTask, using).table
        cursor.execute(
            f"SELECT id FROM {table} WHERE enabled = true ORDER BY check_at LIMIT {most}"  # noqa: S608  # known
        )
        keys = [key for (key,) in cursor.fetchall()]
    for key in keys:
        try:
            with transaction.atomic(using=using):
                rows_of(PeriodicTask, using).where("id = %s", [key])
        except UNREADABLE as error:
            logger.error("The periodic task with id %s was disabled: %s", key, error)  # noqa: TRY400  # it says it all
            switch_off(using, key, f"it cannot be read: {error}")


def can_lock(using: str) -> bool:
    has_it: bool = connections[using].features.has_select_for_update_skip_locked
    return has_it


@contextmanager
def locked(using: str, due: Due) -> Iterator[list[PeriodicTask]]:
    """The entries that are ``due``, and a transaction in which nobody else has them."""
    with _read_committed(connections[using]):
        chosen, params = ("", []) if due.only is None else (" AND id = %s", [due.only])
        yield _with_schedules(
            rows_of(PeriodicTask, using).where(
                f"enabled = true AND check_at BETWEEN %s AND %s{chosen} "
                f"ORDER BY check_at LIMIT {due.size} FOR UPDATE SKIP LOCKED",
                [_prepared(due.since, using), _prepared(due.now, using), *params],
                index=BY_CHECK_AT,
            ),
            using,
        )


def read(using: str, keys: Sequence[int]) -> list[PeriodicTask]:
    """The entries of these keys, in this order; call while they are claimed."""
    found = rows_of(PeriodicTask, using).by_keys(keys)
    return _with_schedules([found[key] for key in keys], using)


def commit_before_the_disk(using: str) -> None:
    """Let the transaction end before its pages are on the disk, where the database can.

    For one in which nothing was sent: if a crash takes it back, beat decides the same again.
    """
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO off")


def lease(using: str, due: Due) -> tuple[str, list[PeriodicTask]]:
    """The entries that are ``due``, which nobody else has for ten seconds; and the lease."""
    token = uuid4().hex
    free = Q(claimed_until=None) | Q(claimed_until__lt=due.now)
    look = (_bound(due.since, using), due.now)
    with transaction.atomic(using=using):
        chosen = _entries(using).filter(free, enabled=True, check_at__range=look)
        if due.only is not None:
            chosen = chosen.filter(pk=due.only)
        keys = list(chosen.order_by("check_at").values_list("pk", flat=True)[: due.size])
        claimed = {"claimed_by": token, "claimed_until": due.now + LEASE}
        if not keys or not _entries(using).filter(free, pk__in=keys).update(**claimed):
            return token, []
    try:
        claimed_rows = list(_entries(using).filter(claimed_by=token).order_by("check_at"))
        return token, _with_schedules(claimed_rows, using)
    except BaseException:
        release(using, token)
        raise


@contextmanager
def leased(using: str, token: str, keys: Sequence[int]) -> Iterator[list[PeriodicTask]]:
    """The entries of a lease as they are now, and a transaction to write them in.

    Those that were deleted, or whose lease was taken over, are left out.
    """
    with transaction.atomic(using=using):
        ours = _entries(using).filter(claimed_by=token)
        ours.update(claimed_until=None)  # a write: from here on nobody else can
        yield _with_schedules(list(ours.filter(pk__in=keys)), using)
        ours.update(claimed_by=None)


def release(using: str, token: str) -> None:
    """Give back what a lease has claimed."""
    _entries(using).filter(claimed_by=token).update(claimed_by=None, claimed_until=None)


def _entries(using: str) -> QuerySet[PeriodicTask]:
    return PeriodicTask._base_manager.using(using)  # noqa: SLF001  # documented


def _bound(since: datetime, using: str) -> datetime:
    """``since``; on SQLite the second in which it is, for there SQL may have written fewer digits.

    As text, 12:00:00.5 is less than 12:00:00.500000.
    """
    return since.replace(microsecond=0) if connections[using].vendor == "sqlite" else since


def _prepared(check_at: datetime, using: str) -> Any:
    return CHECK_AT.get_db_prep_value(check_at, connections[using])


def _with_schedules(entries: list[PeriodicTask], using: str) -> list[PeriodicTask]:
    """The entries, with the rows of their schedules as they are now."""
    for kind, model in MODELS.items():
        keys = {getattr(entry, f"{kind}_id") for entry in entries} - {None}
        found = rows_of(model, using).by_keys(sorted(keys))
        for entry in entries if found else ():
            key = getattr(entry, f"{kind}_id")
            if key is not None:
                setattr(entry, kind, found[key])
    return entries


@contextmanager
def _read_committed(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """A transaction of that level, whatever the project has for its own.

    A higher one locks the gaps between rows, and takes rows that others have changed for errors.
    MariaDB and MySQL are told before the transaction begins, PostgreSQL in it.
    """
    is_other = not connection.in_atomic_block and _level(connection) != READ_COMMITTED
    if is_other and connection.vendor == "mysql":
        _set_level(connection)
    with transaction.atomic(using=connection.alias):
        if is_other and connection.vendor == "postgresql":
            _set_level(connection)
        yield


def _level(connection: Any) -> str:
    """The isolation level that transactions of this connection have; asked once for each."""
    connection.ensure_connection()
    asked_of, level = _levels.get(connection.alias, (None, ""))
    if asked_of is not connection.connection:
        with connection.cursor() as cursor:
            cursor.execute(ASK_LEVEL[connection.vendor])
            level = str(cursor.fetchone()[-1]).upper().replace("-", " ")
        _levels[connection.alias] = connection.connection, level
    return level


def _set_level(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {READ_COMMITTED}")
