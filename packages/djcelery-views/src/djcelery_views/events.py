"""What becomes of a task, as server-sent events."""

from __future__ import annotations

import json
import threading
import time
import weakref
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any, Final

from asgiref.sync import sync_to_async
from celery import states
from django.db import connections
from djcelery_backends import aio, watching

from .errors import TooManyStreams
from .settings import get_settings
from .taskjson import describe

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from celery.result import AsyncResult

FINAL_ID: Final = "final"
"""The id of the last event, which a browser that connects again sends back."""
HEARTBEAT: Final = ": \n\n"
COME_AGAIN: Final = "retry: 1000\n\n"
"""Sent before a stream ends early: a browser connects again after so many milliseconds."""


class Places:
    """How many streams this process serves."""

    def __init__(self) -> None:
        self.taken = 0
        self._lock = threading.Lock()

    def take(self) -> None:
        """Take a place. Raises TooManyStreams."""
        with self._lock:
            if self.taken >= get_settings().max_events:
                raise TooManyStreams
            self.taken += 1

    def leave(self) -> None:
        with self._lock:
            self.taken -= 1


places = Places()


class Events:
    """The events of one task, as text; takes a place until it is closed, or forgotten.

    A client may leave before its response has begun: then nobody closes it.
    """

    def __init__(self, result: AsyncResult[Any], *, shows_traceback: bool) -> None:
        places.take()
        self.close = weakref.finalize(self, places.leave)
        self.result = result
        self._shows_traceback = shows_traceback
        settings = get_settings()
        self.interval = min(settings.heartbeat_seconds, settings.events_seconds / 2)
        self._last_look_at = time.monotonic() + settings.events_seconds - self.interval

    def _is_over(self, meta: Mapping[str, Any] | None) -> bool:
        """Whether the next event might come too late, and ``meta`` is not the last one anyway."""
        is_final = meta is not None and meta["status"] in states.READY_STATES
        return not is_final and time.monotonic() > self._last_look_at

    def _text(self, meta: Mapping[str, Any] | None) -> str:
        if meta is None:
            return HEARTBEAT
        task = describe(self.result.id, meta, shows_traceback=self._shows_traceback)
        is_final = meta["status"] in states.READY_STATES
        data = f"data: {json.dumps({'task': task})}\n\n"
        return f"id: {FINAL_ID}\n{data}" if is_final else data


class SyncEvents(Events):
    """The same under WSGI: the thread of the request looks, or waits for one that does."""

    def __iter__(self) -> Iterator[str]:
        with closing(watching.watch(self.result, interval=self.interval)) as metas:
            for meta in metas:
                give_connections_back()
                yield self._text(meta)
                if self._is_over(meta):
                    yield COME_AGAIN
                    return


class AsyncEvents(Events):
    """The same under ASGI, where no thread waits."""

    async def __aiter__(self) -> AsyncIterator[str]:
        async with aclosing(aio.watch(self.result, interval=self.interval)) as metas:
            async for meta in metas:
                await sync_to_async(give_connections_back)()
                yield self._text(meta)
                if self._is_over(meta):
                    yield COME_AGAIN
                    return


def give_connections_back() -> None:
    """Close what this thread has open, for a stream may last: all streams look over one connection.

    Not a connection in a transaction, as a test has it.
    """
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
