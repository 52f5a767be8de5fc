"""Read the results of tasks, and wait for them."""

from __future__ import annotations

import logging
import time
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from celery import states
from celery.backends.base import BaseBackend
from celery.result import ResultSet
from django.core.exceptions import ImproperlyConfigured
from djcelery_models import encoding
from djcelery_models.errors import ResultNotDecodable
from djcelery_models.models import TaskMeta
from djcelery_models.resultfield import stored_fields
from kombu.utils import json
from vine import promise

from .lookahead import LookAhead
from .looking import Patience, look, ready_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, MutableMapping

    from celery import Celery
    from celery.result import AsyncResult
    from djcelery_models.taskmeta import AbstractTaskMeta

logger = logging.getLogger(__name__)

INTERVAL = 0.5
"""Seconds between two calls of ``on_interval``, as in Celery."""
LEAST_INTERVAL = 0.02


class ReadingBackend(BaseBackend):
    """The part of ``DatabaseBackend`` that reads: one look for all that this process waits for."""

    TaskModel: ClassVar[type[TaskMeta]] = TaskMeta

    supports_native_join = True
    app: Celery
    serializer: str
    accept: Collection[str] | None
    _cache: MutableMapping[str, dict[str, Any]]

    def __init__(self, app: Celery, **kwargs: Any) -> None:
        super().__init__(app, **kwargs)
        self._ahead = LookAhead()

    def add_pending_result(self, result: AsyncResult[Any], weak: bool = False) -> AsyncResult[Any]:  # noqa: ARG002, FBT001, FBT002  # Celery's signature
        """Remember a result of a group, or one that is waited for, to read it with others."""
        self._ahead.add(result)
        return result

    def _get_task_meta_for(self, task_id: str) -> dict[str, Any]:
        if not self._ahead.is_unready(task_id):
            row = self._look(task_id).get(task_id)
            if row is not None:
                return self.row_meta(row)
        return {"task_id": task_id, "status": states.PENDING, "result": None}

    def _look(self, task_id: str) -> dict[str, AbstractTaskMeta]:
        """The row of a task, by its id; the results that were read beside it remember theirs."""
        began = time.monotonic()
        asked = {task_id, *self._ahead.ids()}
        rows = look(self.TaskModel, asked)
        ready = [one for one, row in rows.items() if row.is_ready]
        if 2 * len(ready) < len(asked):
            self._ahead.was_vain(time.monotonic() - began)
        for result in self._ahead.pop(ready):
            if result.id == task_id:
                continue  # who looks for it remembers it
            result._maybe_set_cache(self.ready_meta(rows[result.id]))  # type: ignore[attr-defined]  # noqa: SLF001  # as Celery's own backends do
        return {task_id: rows[task_id]} if task_id in rows else {}

    def wait_for(
        self,
        task_id: str,
        timeout: float | None = None,
        interval: float | None = 0.5,
        no_ack: bool = True,  # noqa: ARG002, FBT001, FBT002  # Celery's signature
        on_interval: Callable[[], Any] | None = None,
    ) -> dict[str, Any]:
        """The result of a task once it is ready. Raises celery's TimeoutError.

        interval: seconds between two calls of ``on_interval``; how often the database is looked at
        is up to ``djcelery_backends.waiting``.
        """
        patience = self._patience(timeout, interval, on_interval)
        return self._await(task_id, patience, ())

    def wait_for_pending(  # type: ignore[override]  # noqa: PLR0913, PLR0917  # Celery's signature
        self,
        result: AsyncResult[Any],
        timeout: float | None = None,
        interval: float | None = 0.5,
        no_ack: bool = True,  # noqa: ARG002, FBT001, FBT002  # Celery's signature
        on_message: object = None,
        on_interval: Callable[[], Any] | None = None,
        callback: Callable[[str, Any], Any] | None = None,
        propagate: bool = True,  # noqa: FBT001, FBT002  # Celery's signature
    ) -> Any:
        """What ``result.get()`` gives; the tasks before it in a chain are looked at beside it."""
        if on_message is not None:
            raise ImproperlyConfigured("on_message is for backends that results are sent through")
        patience = self._patience(timeout, interval, on_interval)
        meta = self._await(result.id, patience, _unread_parents(result))
        result._maybe_set_cache(meta)  # type: ignore[attr-defined]  # noqa: SLF001  # as Celery's own backends do
        return result.maybe_throw(propagate=propagate, callback=callback)

    def iter_native(self, result: ResultSet, **kwargs: Any) -> Iterator[tuple[str, Any]]:  # type: ignore[override]  # Celery calls it so
        """What ``get_many`` gives for the members; one that ignores its result is None at once."""
        ignored = [member for member in result.results or () if getattr(member, "ignored", False)]
        for member in ignored:
            yield member.id, {"status": states.SUCCESS, "result": None}
        others = [member for member in result.results or () if member not in ignored]
        found: Any = super().iter_native(ResultSet(others, app=self.app), **kwargs)
        yield from found

    def get_many(  # noqa: PLR0913, PLR0917  # Celery's signature
        self,
        task_ids: Collection[str],
        timeout: float | None = None,
        interval: float | None = 0.5,
        no_ack: bool = True,  # noqa: ARG002, FBT001, FBT002  # Celery's signature
        on_message: Callable[[dict[str, Any]], Any] | None = None,
        on_interval: Callable[[], Any] | None = None,
        max_iterations: int | None = None,
        READY_STATES: Collection[str] = states.READY_STATES,  # noqa: N803  # Celery's signature
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each result as it gets ready, with its id. Raises celery's TimeoutError.

        max_iterations: None waits for all; any number gives those that are ready now.
        """
        patience = self._patience(timeout, interval, on_interval)
        for meta in self._metas(dict.fromkeys(task_ids), patience, now=max_iterations is not None):
            if meta["status"] in READY_STATES:
                if on_message is not None:
                    on_message(meta)
                yield meta["task_id"], meta

    def _metas(
        self, task_ids: Collection[str], patience: Patience, *, now: bool
    ) -> Iterator[dict[str, Any]]:
        known = {one: self._cache.get(one) for one in task_ids}
        cached = {one: meta for one, meta in known.items() if meta is not None}
        yield from cached.values()
        unread = [one for one in task_ids if one not in cached]
        if now:
            rows = look(self.TaskModel, unread)
            yield from (self.ready_meta(row) for row in rows.values() if row.is_ready)
            return
        first_look = partial(look, self.TaskModel, unread)
        for _, row in ready_rows(self.TaskModel, unread, patience, first_look):
            yield self.ready_meta(row)

    def _await(
        self, task_id: str, patience: Patience, parents: Collection[AsyncResult[Any]]
    ) -> dict[str, Any]:
        cached = self._cache.get(task_id)
        if cached is not None:
            return cached
        before = {parent.id: parent for parent in parents}
        ids, first_look = [task_id, *before], partial(self._look, task_id)
        with closing(ready_rows(self.TaskModel, ids, patience, first_look)) as rows:
            for found, row in rows:
                meta = self.ready_meta(row)
                if found == task_id:
                    return meta
                before[found]._maybe_set_cache(meta)  # type: ignore[attr-defined]  # noqa: SLF001  # as Celery's own backends do
        raise AssertionError("ready_rows() gives every row that it was asked for")

    def _patience(
        self, timeout: float | None, interval: float | None, on_interval: Callable[[], Any] | None
    ) -> Patience:
        self._ensure_not_eager()  # type: ignore[attr-defined]  # not in celery-types

        def call(missing: Collection[str]) -> None:
            with self._ahead.unready(missing):
                on_interval()  # type: ignore[misc]  # called if there is one

        seconds = INTERVAL if interval is None else max(interval, LEAST_INTERVAL)
        wanted = on_interval is not None and not _does_nothing(on_interval)
        return Patience(timeout=timeout, interval=seconds, on_interval=call if wanted else None)

    def ready_meta(self, row: AbstractTaskMeta) -> dict[str, Any]:
        """The result in ``row`` as Celery's backends describe it, remembered."""
        meta = self._cache[row.task_id] = self.row_meta(row)
        return meta

    def row_meta(self, row: AbstractTaskMeta) -> dict[str, Any]:
        """The task in ``row``, whatever its state, as Celery's backends describe it."""
        meta = {
            "task_id": row.task_id,
            "status": row.status,
            "traceback": row.traceback,
            "date_done": row.date_done,
            "name": row.name,
            "worker": row.worker,
            "queue": row.queue,
            "retries": row.retries,
            "parent_id": row.parent_id,
        }
        if row.args is not None:
            meta |= {"args": _value(row.args), "kwargs": _value(row.kwargs)}
        try:
            result = encoding.decode(stored_fields(type(row))["result"].stored(row), backend=self)
        except ResultNotDecodable as error:
            return UnreadableMeta(meta, error)
        return meta | self._beside(row) | {"result": encoding.restored(result)}

    def _beside(self, row: AbstractTaskMeta) -> dict[str, Any]:
        """The tasks that the task sent, its group and stamps; or no children, and a log line."""
        try:
            stored = stored_fields(type(row))["meta"].stored(row)
            told = encoding.decode_meta(stored, backend=self)
            return {**(told or {}), "children": encoding.children(told, stored.owner)}
        except ResultNotDecodable as error:
            logger.warning("Children are not known, for %s", error)
            return {"children": None}

    def meta_from_decoded(self, meta: dict[str, Any]) -> dict[str, Any]:
        """``meta`` itself: an exception in it has been made one already."""
        return meta


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


def _does_nothing(on_interval: Callable[[], Any]) -> bool:
    """Whether this is the promise that ``get()`` hands on where nobody wants to be called.

    To call it twice a second wakes every thread that waits, for nothing.
    """
    return (
        isinstance(on_interval, promise)
        and on_interval.fun is None
        and not any(on_interval.listeners)
    )


def _value(text: str | None) -> Any:
    """Arguments as they were, where they are JSON; else as they are shown."""
    try:
        return text and json.loads(text)
    except ValueError:
        return text


def _unread_parents(result: AsyncResult[Any]) -> list[AsyncResult[Any]]:
    """The tasks before ``result`` in its chain of which no result is known yet."""
    parents = result._parents()  # type: ignore[attr-defined]  # noqa: SLF001  # what get() asks
    return [node for node in parents if getattr(node, "_cache", node) is None]
