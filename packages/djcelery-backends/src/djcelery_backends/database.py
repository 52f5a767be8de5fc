"""Results in the Django database, in the tables of ``djcelery_models``."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from celery import states
from django.db import OperationalError, router
from djcelery_models import encoding
from djcelery_models.models import TaskSetMeta
from djcelery_models.resultfield import stored_fields
from djcelery_models.storeorder import OF_THE_ATTEMPT, Attempt, over, rank
from djcelery_models.upsert import ALWAYS, Over, Upsert, upsert_statement

from . import chords
from .ages import check_ages
from .chording import COUNTED, ChordingBackend
from .cleaning import delete_chords, delete_results
from .connection import seeing
from .errors import ResultTooLarge
from .limits import LONGEST_STATE, check_identifier, check_size
from .missing import check_table, migrations_named
from .settings import get_settings
from .storing import in_transaction, store
from .taskvalues import (
    argument_values,
    as_context,
    in_order,
    meta_text,
    request_values,
    result_values,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from celery import Celery
    from celery.app.task import Context
    from celery.result import GroupResult
    from django.db.backends.utils import CursorWrapper
    from django.db.models import Model, QuerySet

M = TypeVar("M", bound="Model")

NAME = "djcelery-database"


class DatabaseBackend(ChordingBackend):
    """Celery's result backend on the Django ORM.

    A subclass may replace ``TaskModel`` and ``TaskSetModel`` by models derived from
    ``AbstractTaskMeta`` and ``AbstractTaskSetMeta``, in tables of their own. Reading goes to the
    database that is written to.
    """

    TaskSetModel: ClassVar[type[TaskSetMeta]] = TaskSetMeta

    expires: float | None
    url: str | None

    def __init__(self, app: Celery, url: str | None = None, **kwargs: Any) -> None:
        encoding.check_encoder(app)
        check_ages(app)
        for model in (self.TaskModel, self.TaskSetModel):
            check_table(model)
        super().__init__(app, url=url, **kwargs)
        self._is_extended = bool(app.conf.result_extended)
        self._rules: dict[tuple[int, tuple[str, ...]], Over] = {}

    def _store_result(
        self,
        task_id: str,
        result: object,
        state: str,
        traceback: object = None,
        request: Context | None = None,
        **_kwargs: Any,
    ) -> object:
        """Store what Celery made of a result, in one statement, unless the row is further on.

        Which of two stores wins is said in ``djcelery_models.storeorder``. Raises NotStorable,
        ResultNotEncodable and ResultTooLarge; in place of a failure that is too large that is
        stored.
        """
        check_identifier(task_id, "task id")
        check_identifier(state, "state", LONGEST_STATE)
        request = as_context(request)
        stored = encoding.write(result, backend=self, owner=f"task {task_id}")
        values = result_values(task_id, state, stored, traceback) | request_values(request)
        children = self.current_task_children(request)
        values["meta"] = meta_text(children, request, extended=self._is_extended)
        if self._is_extended and request is not None:
            values |= argument_values(request, self.app)
        try:
            self._store_task(values, request)
        except ResultTooLarge as error:
            if state not in states.EXCEPTION_STATES:
                raise
            self._store_result(task_id, self.prepare_exception(error), state, request=request)
        return result

    def _store_task(self, values: dict[str, Any], request: Context | None) -> None:
        rule = self._rule(values["status"], values)
        part = _chord_part(request, values["status"])
        if request is None or part is None:
            self._save(self.TaskModel, "task_id", rule, values)
        else:
            vars(request)[COUNTED] = self._save_and_count(rule, values, part)

    def _rule(self, state: str, values: dict[str, Any]) -> Over:
        """Columns that this store does not know, and those of the project, keep their values."""
        unknown = tuple([name for name in OF_THE_ATTEMPT if values[name] is None])
        known = rank(state), unknown
        rule = self._rules.get(known)
        if rule is None:
            own = tuple(name for name in _names(self.TaskModel) if name not in values)
            attempt = Attempt(state=state, retries=values["retries"])
            rule = self._rules[known] = replace(over(attempt), keeps=own, leaves_out=unknown)
        return rule

    def _save(self, model: type[Model], unique: str, over: Over, values: dict[str, Any]) -> None:
        using = router.db_for_write(model)
        write = _writer(partial(upsert_statement, model, unique, over, using), values)
        store(write, using=using, what=f"the result of {values[unique]}")

    def _save_and_count(
        self, over: Over, values: dict[str, Any], part: chords.Part
    ) -> chords.Progress | None:
        """Store the result of a part of a chord, and count it, in one transaction."""
        using = router.db_for_write(self.TaskModel)
        statement = partial(upsert_statement, self.TaskModel, "task_id", over, using)
        write = _writer(statement, values)

        def write_and_count(cursor: CursorWrapper) -> chords.Progress | None:
            with in_transaction(cursor, using):
                write(cursor)
                return chords.count(part, cursor)

        return store(write_and_count, using=using, what=f"the result of {part.task_id}")

    def task_result_exists(self, task_id: str) -> bool:
        """Whether anything is stored for ``task_id``."""
        with _rows(self.TaskModel) as rows:
            return rows.filter(task_id=task_id).exists()

    def _forget(self, task_id: str) -> None:
        with _rows(self.TaskModel) as rows:
            rows.filter(task_id=task_id).delete()

    def on_task_call(self, producer: object, task_id: str) -> dict[str, Any]:  # type: ignore[override]  # noqa: ARG002  # Celery's signature
        """Refuse a task whose result could not be stored, before it is sent. Raises NotStorable."""
        check_identifier(task_id, "task id")
        return {}

    def _save_group(self, group_id: str, result: GroupResult) -> GroupResult:
        check_identifier(group_id, "group id")
        stored = encoding.encode_group(result, backend=self, owner=f"group {group_id}")
        values = {
            "taskset_id": group_id,
            "content_type": stored.content_type,
            "content_encoding": stored.content_encoding,
            "result": stored.text or "",
        }
        self._save(self.TaskSetModel, "taskset_id", ALWAYS, values)
        return result

    def _restore_group(self, group_id: str) -> dict[str, Any] | None:
        with _rows(self.TaskSetModel) as rows:
            row = next(iter(rows.filter(taskset_id=group_id)), None)
        if row is None:
            return None
        return {
            "task_id": row.taskset_id,
            "result": encoding.decode_group(_stored(row, "result"), backend=self),
            "date_done": row.date_done,
        }

    def _delete_group(self, group_id: str) -> None:
        with _rows(self.TaskSetModel) as rows:
            rows.filter(taskset_id=group_id).delete()

    def as_uri(self, include_password: bool = False) -> str:  # noqa: FBT001, FBT002  # Celery's signature
        """What the banner of a worker shows."""
        return super().as_uri(include_password) or NAME

    def cleanup(self) -> None:
        """Delete, in batches, what has expired and what old releases left hidden.

        What no rule of ``DJCELERY_BACKENDS_RETENTION`` matches, and groups, expire after
        ``CELERY_RESULT_EXPIRES``; None or 0 keeps those for ever. Chords that were left behind are
        fired, and old ones deleted.
        """
        expires = self.expires or None
        delete_results(self.TaskModel, expires=expires, rules=get_settings().retention)
        delete_results(self.TaskSetModel, expires=expires)
        self.sweep()
        delete_chords(self.prepare_expires(self.app.conf.result_chord_expires))

    def __reduce__(self, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        known = {"url": self.url, "expires": self.expires, **(kwargs or {})}
        return super().__reduce__(args, known)  # type: ignore[call-arg]  # Celery's own signature


def _writer(
    make_statement: Callable[[], Upsert], values: dict[str, Any]
) -> Callable[[CursorWrapper], None]:
    """What writes ``values``; it makes the statement itself, for which MariaDB may be asked."""

    def write(cursor: CursorWrapper) -> None:
        statement = make_statement()
        try:
            cursor.execute(statement.sql, in_order(values, statement, cursor.db))
        except OperationalError:
            owner = values.get("task_id") or values.get("taskset_id")
            check_size(values, cursor.db, f"task {owner}")
            raise

    return write


def _chord_part(request: Context | None, state: str) -> chords.Part | None:
    """The part of a chord that is done with this store, if it is one."""
    if request is None or not request.chord or state not in states.READY_STATES:
        return None
    if not request.group or not request.id:
        return None
    return chords.Part(group_id=request.group, task_id=request.id)


@contextmanager
def _written(model: type[Model]) -> Iterator[str]:
    """The database that ``model`` is written to."""
    using = router.db_for_write(model)
    with migrations_named(using), seeing(using):
        yield using


@contextmanager
def _rows(model: type[M]) -> Iterator[QuerySet[M]]:
    with _written(model) as using:
        yield model._default_manager.using(using)  # noqa: SLF001  # documented


def _names(model: type[Model]) -> list[str]:
    return [field.name for field in model._meta.concrete_fields]  # noqa: SLF001  # documented


def _stored(row: Model, name: str) -> encoding.Stored:
    return stored_fields(type(row))[name].stored(row)
