"""Follow one task: what its backend says of it, each time that it has changed."""

from __future__ import annotations

import time
from threading import Event
from typing import TYPE_CHECKING, Any

from celery import states
from django.db import router
from kombu.utils.encoding import safe_repr

from .looking import await_news, hand_out, look
from .reading import ReadingBackend
from .waiting import Wait, pause_seconds, waits_for

if TYPE_CHECKING:
    from collections.abc import Generator

    from celery.result import AsyncResult
    from djcelery_models.models import TaskMeta as Row

    Meta = dict[str, Any]


def watch(result: AsyncResult[Any], *, interval: float) -> Generator[Meta | None, None, None]:
    """The state of a task at once, and each time that it has changed; ends with the final one.

    Of changes that follow each other faster than this process looks, the last is given. interval:
    after so many seconds without a change None is given. A generator: close it to stop before.
    """
    if isinstance(result.backend, ReadingBackend):
        return _stored(result.backend, result.id, interval)
    return _asked(result.backend, result.id, interval)


def _stored(
    backend: ReadingBackend, task_id: str, interval: float
) -> Generator[Meta | None, None, None]:
    """Of a task in the database, at which all who wait in this process look together."""
    model, news = backend.TaskModel, Event()
    wait: Wait[Row] = Wait([task_id], news.set, row_version)
    waits = waits_for(model, router.db_for_write(model))
    waits.enter(wait)
    try:
        hand_out(waits, look(model, [task_id]))
        if not wait.found:
            yield pending(task_id)
        while wait.missing or wait.found:
            await_news(model, wait, news, time.monotonic() + interval)
            waits.resign(wait)  # whoever takes the news may take its time
            row = wait.take().get(task_id)
            yield None if row is None else backend.row_meta(row)
    finally:
        waits.leave(wait)


def _asked(backend: Any, task_id: str, interval: float) -> Generator[Meta | None, None, None]:
    """Of a task in another backend, which is asked again and again."""
    asking = Asking(interval)
    while not asking.is_over:
        began = time.monotonic()
        yield from asking.news(backend.get_task_meta(task_id, cache=False))
        if not asking.is_over:
            time.sleep(asking.pause(time.monotonic() - began))


class Asking:
    """What is new in the answers of a backend that is asked for one task, and when to ask again."""

    def __init__(self, interval: float) -> None:
        self.is_over = False
        self._interval = interval
        self._last: object = None
        self._spoke_at = self._changed_at = time.monotonic()

    def news(self, meta: Meta) -> list[Meta | None]:
        """What is to be said: the answer if it has changed, None if nothing was said for long."""
        self.is_over = meta["status"] in states.READY_STATES
        now, answer = time.monotonic(), (meta["status"], safe_repr(meta["result"]))
        if answer != self._last:
            self._last, self._spoke_at, self._changed_at = answer, now, now
            return [meta]
        if now - self._spoke_at >= self._interval:
            self._spoke_at = now
            return [None]
        return []

    def pause(self, cost: float) -> float:
        """Seconds until it is to be asked again, after a question that took ``cost`` seconds."""
        return min(pause_seconds(time.monotonic() - self._changed_at, cost), self._interval)


def row_version(row: Row) -> object:
    """What tells a row that was stored anew from what it was before."""
    return row.status, row.stored_result


def pending(task_id: str) -> Meta:
    """What is said of a task of which nothing is stored."""
    return {"task_id": task_id, "status": states.PENDING, "result": None}
