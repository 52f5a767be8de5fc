"""The documented managers of results."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db.models import Q
from djcelery_utils.excerpt import storable

from .deletion import delete
from .expiry import OLD, by_age, hidden, too_old
from .querysets import ExtendedManager, ExtendedQuerySet
from .resultfield import stored_fields, to_read, to_write
from .resultrow import ResultRow, keep_changes
from .transactions import TxIsolationWarning, transaction_retry
from .upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import timedelta

    from .taskmeta import TaskMeta
    from .tasksetmeta import TaskSetMeta

M = TypeVar("M", bound=ResultRow)


class ResultQuerySet(ExtendedQuerySet[M]):
    """Results, seen and changed as values under the documented names of their fields."""

    def values(self, *fields: Any, **expressions: Any) -> Any:
        return super().values(*(fields or self._names(expressions)), **expressions)

    def values_list(self, *fields: Any, **kwargs: Any) -> Any:
        names = fields or ([] if kwargs.get("flat") else self._names({}))
        return super().values_list(*names, **kwargs)

    def only(self, *fields: str) -> Self:
        """Django's ``only``; a value brings along what it takes to decode it."""
        return super().only(*to_read(self.model, fields))

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        """Django's ``bulk_create``; a value is written as it is now, with its content type."""
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = to_write(self.model, kwargs["update_fields"])
        return super().bulk_create(keep_changes(objs), *args, **kwargs)

    def bulk_update(
        self, objs: Iterable[M], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        """Django's ``bulk_update``; a new result is written with its content type."""
        objs = keep_changes(objs)
        return super().bulk_update(objs, to_write(self.model, fields), batch_size)

    def update(self, **kwargs: Any) -> int:
        """Django's ``update``; a new result is written with the serializer it needs."""
        for name, field in stored_fields(self.model).items():
            if name in kwargs and not hasattr(kwargs[name], "resolve_expression"):
                stored = field.encode(kwargs[name], f"the {field.owner_noun}s of an update")
                kwargs[name] = stored.text
                kwargs |= {other: getattr(stored, other) for other in field.written_with}
        return super().update(**kwargs)

    def _names(self, expressions: dict[str, Any]) -> list[str]:
        if expressions:
            return []
        fields = self.model._meta.concrete_fields  # noqa: SLF001  # documented
        stored = stored_fields(self.model)
        names = [field.name if field.name in stored else field.attname for field in fields]
        return [*self.query.extra_select, *names, *self.query.annotation_select]


class ResultManager(ExtendedManager[M]):
    """Results that expire."""

    def get_queryset(self) -> ResultQuerySet[M]:
        return ResultQuerySet(self.model, using=self._db, hints=self._hints)  # type: ignore[attr-defined]  # not in the stubs

    def get_all_expired(self, expires: float | timedelta | None) -> ResultQuerySet[M]:
        """Results that were stored longer ago than ``expires``, seconds or a timedelta.

        None: no result expires.
        """
        limit = by_age(expires)
        if limit is None:
            return self.get_queryset().none()
        old = OLD & limit.old
        return self.get_queryset().filter(Q(stored_at__lt=limit.stored_before) | old)

    def delete_expired(self, expires: float | timedelta | None) -> int:
        """Delete expired results, in batches, each in a transaction of its own.

        Rows that old releases left hidden, to be deleted by a process that died, go too.
        Returns the number of results deleted.
        """
        rows = self.db_manager(self.connection_for_write().alias).get_queryset()
        stretches = [*too_old(rows, [by_age(expires)]), hidden(rows)]
        return sum(sum(delete(stretch)) for stretch in stretches)


class TaskManager(ResultManager["TaskMeta"]):
    """The manager of ``TaskMeta``."""

    _last_id: str | None = None

    def get_task(self, task_id: str) -> TaskMeta:
        """The row of ``task_id``; an unsaved one in state PENDING where there is none."""
        try:
            return self.get(task_id=task_id)
        except self.model.DoesNotExist:
            if self._last_id == task_id:
                self.warn_if_repeatable_read()
            self._last_id = task_id
            return self.model(task_id=task_id)

    @transaction_retry(max_retries=2)
    def store_result(
        self,
        task_id: str,
        result: object,
        status: str,
        traceback: str | None = None,
        children: Sequence[Any] | None = None,
    ) -> TaskMeta:
        """Store the result and the state of a task, and return its row.

        children: as ``AsyncResult.as_tuple`` gives them. Raises ResultNotEncodable.
        """
        told = None if traceback is None else storable(traceback)
        row = self.model(task_id=task_id, status=status, traceback=told)
        row.result = result
        row.meta = {"children": children}
        using = self.connection_for_write().alias
        upsert(row, unique="task_id", using=using)
        return self.db_manager(using).get(task_id=task_id)

    def warn_if_repeatable_read(self) -> None:
        """Warn where a transaction on MariaDB or MySQL would read the same state for ever."""
        connection = self.connection_for_read()
        if connection.vendor != "mysql" or not connection.in_atomic_block:
            return
        with connection.cursor() as cursor:
            cursor.execute("SHOW SESSION VARIABLES LIKE '%%_isolation'", [])
            levels = {level for _name, level in cursor.fetchall()}
        if "REPEATABLE-READ" in levels:
            warnings.warn(
                "A transaction at the isolation level REPEATABLE READ does not see results that "
                "are stored after it began: end the transaction before each look at a result.",
                TxIsolationWarning,
                stacklevel=3,
            )


class TaskSetManager(ResultManager["TaskSetMeta"]):
    """The manager of ``TaskSetMeta``."""

    def restore_taskset(self, taskset_id: str) -> TaskSetMeta | None:
        """The row of a saved group, None if there is none."""
        return self.filter(taskset_id=taskset_id).first()

    def delete_taskset(self, taskset_id: str) -> None:
        """Delete a saved group; nothing happens if there is none."""
        using = self.connection_for_write().alias
        self.using(using).filter(taskset_id=taskset_id).delete()

    @transaction_retry(max_retries=1)
    def store_result(self, taskset_id: str, result: object) -> TaskSetMeta:
        """Store a group, and return its row. Raises ResultNotEncodable."""
        row = self.model(taskset_id=taskset_id)
        row.result = result
        using = self.connection_for_write().alias
        upsert(row, unique="taskset_id", using=using)
        return self.db_manager(using).get(taskset_id=taskset_id)
