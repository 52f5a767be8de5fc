"""Await results from async code: nothing here touches the ORM on the event loop.

The looks are shared with all others who wait in this process; each is made in a thread.
"""

# ruff: noqa: ASYNC109  # Celery's own argument, and its TimeoutError

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import aclosing, suppress
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from celery import states
from celery.exceptions import TimeoutError as ResultTimeoutError
from celery.result import AsyncResult, EagerResult, ResultSet
from django.db import connections, router

from .connection import is_in_memory, own_connection, routed, unshared_connection
from .looking import hand_out, look, poll
from .reading import ReadingBackend
from .retrying import once_more
from .waiting import Wait, pause_seconds, waits_for
from .watching import Asking, pending, row_version

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection

    from djcelery_models.models import TaskMeta as Row

__all__ = ["get", "join", "wait_any", "watch"]

Results = ResultSet | Iterable[AsyncResult[Any]]


async def get(
    result: AsyncResult[Any], *, timeout: float | None = None, propagate: bool = True
) -> Any:
    """What ``result.get()`` gives, awaited.

    timeout: seconds; None waits for ever. propagate: raise what the task raised, else return it.
    Raises celery's TimeoutError, and ResultNotDecodable.
    """
    if isinstance(result, ResultSet):
        return await join(result, timeout=timeout, propagate=propagate)
    if result.ignored:
        return None
    async with aclosing(_ready([result], timeout)) as ready:
        async for _ in ready:
            break
    result.maybe_throw(propagate=propagate)
    return result.result


async def join(
    results: Results, *, timeout: float | None = None, propagate: bool = True
) -> list[Any]:
    """The values of all ``results``, a group or any number of results, in their order.

    timeout: seconds for all together. propagate: raise as soon as one is there that failed.
    """
    members = list(results)
    leaves = list(_leaves(members))
    async with aclosing(_ready(leaves, timeout)) as ready:
        async for result in ready:
            result.maybe_throw(propagate=propagate)
    return [await _value(member) for member in members]


async def wait_any(results: Results, *, timeout: float | None = None) -> AsyncResult[Any]:
    """The first of ``results`` that is ready, whatever its state; ``result.result`` is its value.

    Raises celery's TimeoutError if none is after ``timeout`` seconds, ValueError if there is none.
    """
    async with aclosing(_ready(list(_leaves(results)), timeout)) as ready:
        async for result in ready:
            return result
    raise ValueError("There is no result to wait for.")


def watch(
    result: AsyncResult[Any], *, interval: float
) -> AsyncGenerator[dict[str, Any] | None, None]:
    """The state of a task at once, and each time that it has changed; ends with the final one.

    As ``djcelery_backends.watching.watch``, which says what comes: what a backend says of a task,
    and None after ``interval`` seconds without a change.
    """
    if isinstance(result.backend, ReadingBackend):
        return _watched(result.backend, result.id, interval)
    return _asked_again(result.backend, result.id, interval)


async def _value(result: Any) -> Any:
    """The value of a result that is ready; a list for a group in a group."""
    if isinstance(result, ResultSet):
        return [await _value(member) for member in result]
    return None if result.ignored else result.result


def _leaves(results: Results) -> Iterable[AsyncResult[Any]]:
    for result in results:
        if isinstance(result, ResultSet):
            yield from _leaves(result)
        else:
            yield result


async def _ready(
    results: list[AsyncResult[Any]], timeout: float | None
) -> AsyncGenerator[AsyncResult[Any], None]:
    """Each of ``results`` once it is ready and knows so; those that never will be are left out."""
    awaited: dict[str, list[AsyncResult[Any]]] = defaultdict(list)
    for result in results:
        if isinstance(result, EagerResult) or result._cache is not None:  # type: ignore[attr-defined]  # noqa: SLF001  # not in celery-types
            yield result
        elif not result.ignored:
            awaited[result.id].append(result)
    if not awaited:
        return
    backend = next(iter(awaited.values()))[0].backend
    metas: Any = _stored if isinstance(backend, ReadingBackend) else _asked
    deadline = inf if timeout is None else time.monotonic() + timeout
    async with aclosing(metas(backend, list(awaited), deadline)) as found:
        async for meta in found:
            for result in awaited[meta["task_id"]]:
                result._maybe_set_cache(meta)  # type: ignore[attr-defined]  # noqa: SLF001  # as Celery's own backends do
                yield result


async def _asked(
    backend: Any, task_ids: Collection[str], deadline: float
) -> AsyncGenerator[dict[str, Any], None]:
    """The results of a backend that is not in the database, which is asked in a thread."""
    missing, began = dict.fromkeys(task_ids), time.monotonic()
    while missing:
        asked = time.monotonic()
        for task_id in list(missing):
            meta = await asyncio.to_thread(backend.get_task_meta, task_id)
            if meta["status"] in states.READY_STATES:
                del missing[task_id]
                yield {**meta, "task_id": task_id}
        if missing:
            _check(deadline)
            pause = pause_seconds(asked - began, time.monotonic() - asked)
            await asyncio.sleep(min(pause, max(0.0, deadline - time.monotonic())))


async def _stored(
    backend: ReadingBackend, task_ids: Collection[str], deadline: float
) -> AsyncGenerator[dict[str, Any], None]:
    """The results of the database backend; the first look sees what the caller has written."""
    model = backend.TaskModel
    loop, news = asyncio.get_running_loop(), asyncio.Event()
    waits = waits_for(model, router.db_for_write(model))
    wait: Wait[Row] = Wait(task_ids, partial(_wake, loop, news))
    waits.enter(wait)
    try:
        rows: Any = await sync_to_async(look)(model, task_ids)
        waits.deliver({one: row for one, row in rows.items() if row.is_ready})
        while wait.missing or wait.found:
            await _await_news(model, wait, news, deadline)
            waits.resign(wait)  # whoever takes the results may take its time
            for row in wait.take().values():
                yield backend.ready_meta(row)
            if wait.missing:
                _check(deadline)
    finally:
        await asyncio.shield(asyncio.to_thread(waits.leave, wait))


async def _watched(
    backend: ReadingBackend, task_id: str, interval: float
) -> AsyncGenerator[dict[str, Any] | None, None]:
    """What becomes of a task in the database."""
    model = backend.TaskModel
    loop, news = asyncio.get_running_loop(), asyncio.Event()
    wait: Wait[Row] = Wait([task_id], partial(_wake, loop, news), row_version)
    waits = waits_for(model, router.db_for_write(model))
    waits.enter(wait)
    try:
        hand_out(waits, await sync_to_async(look)(model, [task_id]))
        if not wait.found:
            yield pending(task_id)
        while wait.missing or wait.found:
            await _await_news(model, wait, news, time.monotonic() + interval)
            waits.resign(wait)
            row = wait.take().get(task_id)
            yield None if row is None else backend.row_meta(row)
    finally:
        await asyncio.shield(asyncio.to_thread(waits.leave, wait))


async def _asked_again(
    backend: Any, task_id: str, interval: float
) -> AsyncGenerator[dict[str, Any] | None, None]:
    """What becomes of a task in another backend, which is asked in a thread."""
    asking = Asking(interval)
    while not asking.is_over:
        began = time.monotonic()
        for meta in asking.news(await asyncio.to_thread(backend.get_task_meta, task_id, False)):  # noqa: FBT003  # Celery's signature
            yield meta
        if not asking.is_over:
            await asyncio.sleep(asking.pause(time.monotonic() - began))


async def _await_news(model: type[Row], wait: Wait[Row], news: asyncio.Event, until: float) -> None:
    """Wait until rows were found or it is time; look for all meanwhile, unless another does."""
    waits = waits_for(model, router.db_for_write(model))
    ended = next_look = cost = 0.0
    while not wait.found and time.monotonic() < until:
        leads = waits.leads(wait)
        if leads and time.monotonic() >= next_look:
            cost = await _poll(model)
            ended = time.monotonic()
        next_look = ended + waits.pause(cost) if leads else inf
        if not wait.found:
            await _sleep(news, min(next_look, until))


async def _sleep(news: asyncio.Event, until: float) -> None:
    left = None if until == inf else max(0.0, until - time.monotonic())
    with suppress(TimeoutError):
        await asyncio.wait_for(news.wait(), left)
    news.clear()


async def _poll(model: type[Row]) -> float:
    """Look for all who wait; whoever cancels this waits until the connection is not in use.

    Returns how many seconds the look took.
    """
    alias = router.db_for_write(model)
    if is_in_memory(alias):
        return await sync_to_async(poll)(model)
    looking = asyncio.ensure_future(asyncio.to_thread(_poll_beside, model, alias))
    try:
        return await asyncio.shield(looking)
    finally:
        await asyncio.wait([looking])


def _poll_beside(model: type[Row], alias: str) -> float:
    """Look in a thread that has no connection of its own."""
    waits = waits_for(model, alias)
    if own_connection(alias):
        return poll(model)
    if waits.connection is None:
        waits.connection = unshared_connection(alias)
    with routed(alias, waits.connection):
        return once_more(partial(poll, model), connections[alias])


def _wake(loop: asyncio.AbstractEventLoop, news: asyncio.Event) -> None:
    with suppress(RuntimeError):  # the loop was closed, and nobody waits in it any more
        loop.call_soon_threadsafe(news.set)


def _check(deadline: float) -> None:
    if time.monotonic() >= deadline:
        raise ResultTimeoutError("The operation timed out.")
