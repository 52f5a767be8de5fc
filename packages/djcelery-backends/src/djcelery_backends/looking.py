"""Look at the rows of many tasks in one statement, once or until they are ready."""

from __future__ import annotations

import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from math import inf
from threading import Event
from typing import TYPE_CHECKING, Any, TypeVar

from celery import states
from celery.exceptions import TimeoutError as ResultTimeoutError
from django.db import connections, router
from django.db.models import Q
from djcelery_models.parameters import in_one_parameter
from djcelery_utils.excerpt import storable

from .connection import (
    is_open,
    own_connection,
    routed,
    seeing,
    sees_a_snapshot,
    unshared_connection,
)
from .missing import migrations_named
from .retrying import once_more, unless_locked
from .waiting import Wait, Waits, waits_for

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterator, Mapping

    from djcelery_models.taskmeta import AbstractTaskMeta as Row

R = TypeVar("R", bound="Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, in seconds (None: for ever), and what to call every ``interval`` seconds.

    ``on_interval`` is given the ids of the tasks that are not ready.
    """

    timeout: float | None = None
    interval: float = 0.5
    on_interval: Callable[[Collection[str]], None] | None = None


def look(model: type[R], task_ids: Collection[str]) -> dict[str, R]:
    """The rows of ``task_ids`` by id, as the caller and as others have written them."""
    alias = router.db_for_write(model)
    with migrations_named(alias):
        with seeing(alias):
            rows = once_more(partial(_select, model, alias, task_ids), connections[alias])
        unready = [one for one in task_ids if one not in rows or not rows[one].is_ready]
        if unready and sees_a_snapshot(alias):
            with closing(unshared_connection(alias)) as another, routed(alias, another):
                rows |= _select(model, alias, unready)
    return rows


def ready_rows(
    model: type[Row],
    task_ids: Collection[str],
    patience: Patience,
    first_look: Callable[[], Mapping[str, Row]],
) -> Generator[tuple[str, Row], None, None]:
    """The rows of ``task_ids`` as they get ready. Raises celery's TimeoutError.

    first_look: called once, to look for them over the caller's connection; not where that is
    closed and somebody else looks for all.
    """
    news = Event()
    wait: Wait[Row] = Wait(task_ids, news.set)
    alias = router.db_for_write(model)
    waits = waits_for(model, alias)
    deadline = wait.since + (inf if patience.timeout is None else patience.timeout)
    next_call = wait.since + (patience.interval if patience.on_interval else inf)
    waits.enter(wait)
    try:
        if waits.leads(wait) or is_open(alias):
            with unless_locked():
                waits.deliver({one: row for one, row in first_look().items() if row.is_ready})
        while wait.missing or wait.found:
            await_news(model, wait, news, min(deadline, next_call))
            waits.resign(wait)  # whoever takes the rows may take its time
            yield from wait.take().items()
            now = time.monotonic()
            if wait.missing and now >= deadline:
                raise ResultTimeoutError("The operation timed out.")
            if patience.on_interval and now >= next_call:
                patience.on_interval(wait.missing)
                next_call = time.monotonic() + patience.interval  # from its end: it may be slow
    finally:
        waits.leave(wait)


def poll(model: type[Row]) -> float:
    """Look once for all who wait in this process, over the connection of the caller.

    Returns how many seconds that took, without the time in which those that it wakes run; 0 where
    a lock was in the way.
    """
    alias = router.db_for_write(model)
    waits = waits_for(model, alias)
    rows: dict[str, Row] = {}
    cost, began = 0.0, time.monotonic()
    with unless_locked(), migrations_named(alias), seeing(alias):
        rows = _select_wanted(model, alias, waits)
        cost = time.monotonic() - began
    hand_out(waits, rows)
    return cost


def hand_out(waits: Waits[R], rows: Mapping[str, R]) -> None:
    """Give ``rows`` to those who wait for them, and to those who watch them."""
    waits.deliver({one: row for one, row in rows.items() if row.is_ready})
    waits.show({one: row for one, row in rows.items() if not row.is_ready})


def await_news(model: type[R], wait: Wait[R], news: Event, until: float) -> None:
    """Wait until rows were found or it is time; look for all meanwhile, unless another does."""
    alias = router.db_for_write(model)
    waits = waits_for(model, alias)
    while not wait.found and time.monotonic() < until:
        if waits.leads(wait):
            with polling(waits, alias):
                _lead(model, wait, news, until)
        else:
            _sleep(news, until)


@contextmanager
def polling(waits: Waits[R], alias: str) -> Iterator[None]:
    """In this block the ORM of this thread sees what others commit, over a connection to share.

    That is the one that this thread has open anyway, unless a transaction hides the news.
    """
    if own_connection(alias) or (is_open(alias) and not sees_a_snapshot(alias)):
        yield
        return
    if waits.connection is None:
        waits.connection = unshared_connection(alias)
    with routed(alias, waits.connection):
        yield


def _lead(model: type[R], wait: Wait[R], news: Event, until: float) -> None:
    alias = router.db_for_write(model)
    waits = waits_for(model, alias)
    while not wait.found and time.monotonic() < until:
        cost = once_more(partial(poll, model), connections[alias])
        ended = time.monotonic()
        next_look = ended + waits.pause(cost)
        while not wait.found and time.monotonic() < min(next_look, until):
            _sleep(news, min(next_look, until))  # who comes now makes the pause shorter
            next_look = ended + waits.pause(cost)


def _sleep(news: Event, until: float) -> None:
    news.wait(None if until == inf else max(0.0, until - time.monotonic()))
    news.clear()


def _select_wanted(model: type[Row], alias: str, waits: Waits[Row]) -> dict[str, Row]:
    """The rows that somebody waits for: those that are ready, and those that are watched."""
    ready = Q(status__in=states.READY_STATES)
    watched = _have_ids(alias, waits.watched())
    return _select(model, alias, waits.wanted(), ready if watched is None else ready | watched)


def _select(
    model: type[R], alias: str, task_ids: Collection[str], condition: Q | None = None
) -> dict[str, R]:
    wanted = _have_ids(alias, task_ids)
    if wanted is None:
        return {}
    condition = wanted if condition is None else wanted & condition
    rows: Any = model._default_manager.using(alias).filter(condition)  # noqa: SLF001  # documented
    return {row.task_id: row for row in rows}


def _have_ids(alias: str, task_ids: Collection[str]) -> Q | None:
    """That a row has one of these ids; None where it cannot."""
    known = [one for one in task_ids if _can_be_stored(one)]
    return Q(task_id__in=in_one_parameter(connections[alias], known, "text")) if known else None


def _can_be_stored(task_id: str) -> bool:
    """Whether a row may have this id, which may come from the address of a page."""
    return (task_id.isascii() and "\0" not in task_id) or storable(task_id) == task_id
