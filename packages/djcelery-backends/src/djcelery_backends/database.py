"""Results in the Django database, in the tables of ``djcelery_models``."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from celery import states
from celery.backends.base import BaseBackend
from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError, connections, router
from djcelery_models import encoding
from djcelery_models.errors import ResultNotDecodable
from djcelery_models.models import TaskMeta, TaskSetMeta
from djcelery_models.resultfield import stored_fields
from djcelery_models.storeorder import Attempt, over
from djcelery_models.taskmeta import AbstractTaskMeta
from djcelery_models.upsert import ALWAYS, Over, upsert

from .missing import migrations_named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from celery import Celery
    from celery.app.task import Context
    from celery.result import GroupResult
    from django.db.models import Model, QuerySet

M = TypeVar("M", bound="Model")

logger = logging.getLogger(__name__)

NAME = "djcelery-database"


class DatabaseBackend(BaseBackend):
    """Celery's result backend on the Django ORM.

    A subclass may replace ``TaskModel`` and ``TaskSetModel`` by models derived from
    ``AbstractTaskMeta`` and ``AbstractTaskSetMeta``, in tables of their own. Reading goes to the
    database that is written to.
    """

    TaskModel: ClassVar[type[TaskMeta]] = TaskMeta
    TaskSetModel: ClassVar[type[TaskSetMeta]] = TaskSetMeta

    subpolling_interval = 0.5
    app: Celery
    serializer: str
    accept: Collection[str] | None
    expires: float | None
    url: str | None

    def __init__(self, app: Celery, url: str | None = None, **kwargs: Any) -> None:
        encoding.check_serializer(app)
        for model in (self.TaskModel, self.TaskSetModel):
            _check_table(model)
        super().__init__(app, url=url, **kwargs)

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

        Which of two stores wins is said in ``djcelery_models.storeorder``. Raises
        ResultNotEncodable.
        """
        attempt = Attempt(state=state, retries=_retries(request))
        stored = encoding.write(result, backend=self, owner=f"task {task_id}")
        row = self.TaskModel(
            task_id=task_id,
            status=state,
            content_type=stored.content_type,
            content_encoding=stored.content_encoding,
            traceback=None if traceback is None else encoding.storable(str(traceback)),
            stored_result=stored.text,
            name=getattr(request, "task", None),
            worker=getattr(request, "hostname", None),
            queue=_queue(request),
            retries=attempt.retries,
        )
        row.meta = {"children": self.current_task_children(request)}
        with _written(self.TaskModel) as using:
            store(row, unique="task_id", using=using, over=self._over(attempt))
        return result

    def _over(self, attempt: Attempt) -> Over:
        """Columns that the project has added to the model of its own keep their values."""
        rule = over(attempt)
        own = tuple(name for name in _names(self.TaskModel) if name not in _names(AbstractTaskMeta))
        return replace(rule, keeps=(*rule.keeps, *own)) if own else rule

    def _get_task_meta_for(self, task_id: str) -> dict[str, Any]:
        with _rows(self.TaskModel) as rows:
            row = next(iter(rows.filter(task_id=task_id)), None)
        if row is None:
            return {"task_id": task_id, "status": states.PENDING, "result": None}
        return self._task_meta(row)

    def _task_meta(self, row: TaskMeta) -> dict[str, Any]:
        meta = {
            "task_id": row.task_id,
            "status": row.status,
            "traceback": row.traceback,
            "date_done": row.date_done,
            "name": row.name,
            "worker": row.worker,
            "queue": row.queue,
            "retries": row.retries,
        }
        try:
            result = encoding.decode(_stored(row, "result"), backend=self)
        except ResultNotDecodable as error:
            return UnreadableMeta(meta, error)
        return meta | {"result": encoding.restored(result), "children": self._children(row)}

    def _children(self, row: TaskMeta) -> Any:
        """The tasks that the task sent; None, and a word in the log, where they cannot be read."""
        try:
            stored = _stored(row, "meta")
            return encoding.children(encoding.decode_meta(stored, backend=self), stored.owner)
        except ResultNotDecodable as error:
            logger.warning("Children are not known, for %s", error)
            return None

    def meta_from_decoded(self, meta: dict[str, Any]) -> dict[str, Any]:
        """``meta`` itself: an exception in it has been made one already."""
        return meta

    def task_result_exists(self, task_id: str) -> bool:
        """Whether anything is stored for ``task_id``."""
        with _rows(self.TaskModel) as rows:
            return rows.filter(task_id=task_id).exists()

    def _forget(self, task_id: str) -> None:
        with _rows(self.TaskModel) as rows:
            rows.filter(task_id=task_id).delete()

    def _save_group(self, group_id: str, result: GroupResult) -> GroupResult:
        stored = encoding.encode_group(result, backend=self, owner=f"group {group_id}")
        row = self.TaskSetModel(
            taskset_id=group_id,
            content_type=stored.content_type,
            content_encoding=stored.content_encoding,
            stored_result=stored.text or "",
        )
        with _written(self.TaskSetModel) as using:
            store(row, unique="taskset_id", using=using)
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
        """Delete what is older than ``CELERY_RESULT_EXPIRES``; nothing if that is None or 0."""
        if not self.expires:
            return
        for model in (self.TaskModel, self.TaskSetModel):
            with _written(model):
                model._default_manager.delete_expired(self.expires)  # noqa: SLF001  # documented

    def __reduce__(self, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        known = {"url": self.url, "expires": self.expires, **(kwargs or {})}
        return super().__reduce__(args, known)  # type: ignore[call-arg]  # Celery's own signature


class UnreadableMeta(dict[str, Any]):
    """A result whose state can be read; whoever asks for the value gets the error."""

    def __init__(self, meta: dict[str, Any], error: ResultNotDecodable) -> None:
        super().__init__(meta)
        self.error = error

    def __missing__(self, key: str) -> Any:
        if key == "result":
            raise self.error
        raise KeyError(key)

    def get(self, key: str, default: Any = None) -> Any:
        return self["result"] if key == "result" else super().get(key, default)


def _retries(request: Context | None) -> int | None:
    """The number of the attempt; None for a store outside a task."""
    return None if request is None else request.retries or 0


def _queue(request: Context | None) -> str | None:
    delivery_info = getattr(request, "delivery_info", None) or {}
    queue: str | None = delivery_info.get("routing_key")
    return queue


def store(row: Model, *, unique: str, using: str, over: Over = ALWAYS) -> None:
    """``upsert``, once more on a new connection if the server has ended the one that was open."""
    try:
        upsert(row, unique=unique, using=using, over=over)
    except (InterfaceError, OperationalError):
        connection = connections[using]
        is_lost = connection.connection is not None and not connection.is_usable()
        if connection.in_atomic_block or not connection.autocommit or not is_lost:
            raise
        connection.close()
        pool = getattr(connection, "pool", None)
        if pool is not None:  # psycopg's, which would hand out another that is lost
            pool.check()
        upsert(row, unique=unique, using=using, over=over)


@contextmanager
def _written(model: type[Model]) -> Iterator[str]:
    """The database that ``model`` is written to."""
    using = router.db_for_write(model)
    with migrations_named(using):
        yield using


@contextmanager
def _rows(model: type[M]) -> Iterator[QuerySet[M]]:
    with _written(model) as using:
        yield model._default_manager.using(using)  # noqa: SLF001  # documented


def _names(model: type[Model]) -> list[str]:
    return [field.name for field in model._meta.concrete_fields]  # noqa: SLF001  # documented


def _stored(row: Model, name: str) -> encoding.Stored:
    return stored_fields(type(row))[name].stored(row)


def _check_table(model: type[Model]) -> None:
    if model._meta.app_config is None:  # noqa: SLF001  # documented
        raise ImproperlyConfigured(
            f"results are stored in {model.__name__}, whose app is not installed: add "
            f"'djcelery_backends' (or 'djcelery') to INSTALLED_APPS and run `manage.py migrate`."
        )
    if model._meta.parents and not model._meta.proxy:  # noqa: SLF001  # documented
        raise ImproperlyConfigured(
            f"results cannot be stored in {model.__name__}, whose fields are in more than one "
            f"table: derive it from AbstractTaskMeta or AbstractTaskSetMeta."
        )
