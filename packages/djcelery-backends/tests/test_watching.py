"""``watching.watch`` and ``aio.watch``: the state of a task, each time that it has changed."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection, connections
from djcelery_backends import aio
from djcelery_backends.connection import unshared_connection
from djcelery_backends.waiting import waits_for
from djcelery_backends.watching import watch
from djcelery_models.models import TaskMeta

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from celery import Celery

pytestmark = pytest.mark.django_db(transaction=True)

STORES: list[tuple[object, str]] = [
    (1, "PROGRESS"),
    (2, "PROGRESS"),
    (None, "RETRY"),
    (5, "SUCCESS"),
]
BACKENDS = ["djcelery-database", "cache+memory://"]
COUNTED = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE datname = %s",
    "mysql": "SELECT count(*) FROM information_schema.processlist WHERE db = %s",
}
on_a_server = pytest.mark.parametrize(
    "vendor",
    [
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mysql", marks=pytest.mark.mariadb),
    ],
)


@pytest.fixture(autouse=True)
def _nobody_is_left() -> Iterator[None]:
    yield
    assert waits_for(TaskMeta, "default").wanted() == []


@pytest.fixture(params=BACKENDS)
def app(request: pytest.FixtureRequest, make_app: Callable[..., Celery]) -> Celery:
    return make_app(result_backend=request.param)


def told(meta: Any) -> tuple[object, str]:
    return meta["result"], meta["status"]


def test_each_change_is_told_and_the_final_one_is_the_end(app: Celery) -> None:
    task_id = str(uuid4())
    metas = watch(app.AsyncResult(task_id), interval=30)

    changes = [told(next(metas))]
    for value, state in STORES:
        app.backend.store_result(task_id, value, state)
        changes.append(told(next(metas)))

    assert list(metas) == []
    assert changes == [(None, "PENDING"), *STORES]


def test_async_code_is_told_the_same(app: Celery) -> None:
    task_id = str(uuid4())
    store = sync_to_async(app.backend.store_result)

    async def follow() -> list[tuple[object, str]]:
        metas = aio.watch(app.AsyncResult(task_id), interval=30)
        changes = [told(await anext(metas))]
        for value, state in STORES:
            await store(task_id, value, state)
            changes.append(told(await asyncio.wait_for(anext(metas), 20)))
        assert [meta async for meta in metas] == []
        return changes

    assert async_to_sync(follow)() == [(None, "PENDING"), *STORES]


def test_a_task_that_is_ready_is_told_at_once(app: Celery) -> None:
    task_id = str(uuid4())
    app.backend.store_result(task_id, ValueError("no"), "FAILURE", traceback="Traceback")

    (meta,) = watch(app.AsyncResult(task_id), interval=30)

    assert meta is not None
    assert (repr(meta["result"]), meta["traceback"]) == ("ValueError('no')", "Traceback")


def test_nothing_new_is_told_as_none_at_each_interval(app: Celery) -> None:
    metas = watch(app.AsyncResult(str(uuid4())), interval=0.2)
    next(metas)
    began = time.monotonic()

    assert [next(metas) for _ in range(3)] == [None] * 3

    assert time.monotonic() - began >= 0.6
    metas.close()


def test_whoever_stops_is_looked_for_no_more(app: Celery) -> None:
    async def stop() -> None:
        metas = aio.watch(app.AsyncResult(str(uuid4())), interval=30)
        await anext(metas)
        task = asyncio.ensure_future(anext(metas))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await metas.aclose()

    async_to_sync(stop)()


@on_a_server
def test_all_who_watch_share_one_connection(make_app: Callable[..., Celery], vendor: str) -> None:
    app = make_app()
    task_ids = [str(uuid4()) for _ in range(20)]
    all_told = threading.Barrier(len(task_ids) + 1, timeout=20)

    def follow(task_id: str) -> list[str]:
        metas = watch(app.AsyncResult(task_id), interval=30)
        states = []
        for meta in metas:
            connections.close_all()  # the one of this thread, which told the first state
            states.append(str(meta and meta["status"]))
            if len(states) <= 2:
                all_told.wait()
        return states

    other = unshared_connection("default")
    with ThreadPoolExecutor(len(task_ids)) as pool:
        futures = [pool.submit(follow, task_id) for task_id in task_ids]
        all_told.wait()
        for task_id in task_ids:
            app.backend.store_result(task_id, 1, "PROGRESS")
        connection.close()
        await_connections(other, 2)
        all_told.wait()
        for task_id in task_ids:
            app.backend.store_result(task_id, 1, "SUCCESS")
        states = [future.result(timeout=30) for future in futures]
    other.close()

    assert states == [["PENDING", "PROGRESS", "SUCCESS"]] * len(task_ids)


def await_connections(over: Any, most: int) -> None:
    """Wait until there are no more connections than ``most``: that of the leader, and ``over``."""
    deadline = time.monotonic() + 20
    while True:
        with over.cursor() as cursor:
            cursor.execute(COUNTED[over.vendor], [over.settings_dict["NAME"]])
            number: int = cursor.fetchone()[0]
        if number <= most:
            return
        assert time.monotonic() < deadline
        time.sleep(0.01)
