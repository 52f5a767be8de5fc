"""``djcelery_backends.aio``: results awaited, and no look at the database on the event loop."""

from __future__ import annotations

import asyncio
from threading import Event
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from celery.exceptions import TimeoutError as ResultTimeoutError
from celery.result import AsyncResult, EagerResult, GroupResult
from django.core.exceptions import SynchronousOnlyOperation
from djcelery_backends import aio
from djcelery_backends.connection import is_in_memory, unshared_connection
from djcelery_backends.waiting import waits_for
from djcelery_models.models import TaskMeta

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from celery import Celery

pytestmark = pytest.mark.django_db(transaction=True)


def run(awaited: Callable[[], Awaitable[Any]]) -> Any:
    """Run as a view of an ASGI site would, with a time limit."""

    async def limited() -> Any:
        return await asyncio.wait_for(awaited(), 20)

    return async_to_sync(limited)()


def result(app: Celery, task_id: str | None = None) -> AsyncResult[Any]:
    return app.AsyncResult(task_id or str(uuid4()))


async def store(app: Celery, awaited: AsyncResult[Any], value: object, state: str) -> None:
    await sync_to_async(app.backend.store_result)(awaited.id, value, state)


def test_a_result_is_awaited_until_it_is_stored(app: Celery) -> None:
    awaited = result(app)

    async def both() -> Any:
        got, _ = await asyncio.gather(aio.get(awaited), store(app, awaited, 5, "SUCCESS"))
        return got

    assert run(both) == 5


def test_the_loop_is_never_where_the_database_is_asked(app: Celery) -> None:
    awaited = result(app)

    async def ask() -> Any:
        with pytest.raises(SynchronousOnlyOperation):
            awaited.state  # noqa: B018  # what awaiting must not do
        with pytest.raises(ResultTimeoutError):
            await aio.get(awaited, timeout=0.05)

    run(ask)


def test_what_the_task_raised_is_raised_or_returned(app: Celery) -> None:
    app.backend.store_result("t1", ValueError("no"), "FAILURE")

    assert isinstance(run(lambda: aio.get(result(app, "t1"), propagate=False)), ValueError)
    with pytest.raises(ValueError, match="no"):
        run(lambda: aio.get(result(app, "t1")))


def test_a_group_is_joined_in_its_order_and_nesting(app: Celery) -> None:
    members = [result(app) for _ in range(3)]
    inner: Any = GroupResult("h", members[1:], app=app)
    group = GroupResult("g", [members[0], inner], app=app)

    async def both() -> Any:
        stores = [store(app, one, number, "SUCCESS") for number, one in enumerate(members)]
        joined, *_ = await asyncio.gather(aio.join(group), *reversed(stores))
        return joined

    assert run(both) == [0, [1, 2]]


def test_a_task_that_is_there_twice_is_joined_twice(app: Celery) -> None:
    app.backend.store_result("t1", 5, "SUCCESS")

    assert run(lambda: aio.join([result(app, "t1"), result(app, "t1")])) == [5, 5]


def test_the_first_that_is_ready_is_given(app: Celery) -> None:
    slow, quick = result(app), result(app)

    async def both() -> Any:
        first, _ = await asyncio.gather(
            aio.wait_any([slow, quick]), store(app, quick, ValueError("no"), "FAILURE")
        )
        return first

    first = run(both)

    assert (first.id, first.state) == (quick.id, "FAILURE")
    with pytest.raises(ValueError, match="no result"):
        run(lambda: aio.wait_any([]))


def test_who_gives_up_leaves_nobody_behind(app: Celery) -> None:
    async def give_up() -> None:
        task = asyncio.create_task(aio.get(result(app)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(give_up)

    assert waits_for(TaskMeta, "default").wanted() == []


def test_who_gives_up_in_the_middle_of_a_look_leaves_no_connection(app: Celery) -> None:
    if is_in_memory("default"):
        pytest.skip("a database in memory has one connection")
    begun, go_on, made = Event(), Event(), []

    def make(alias: str) -> Any:
        begun.set()
        assert go_on.wait(10)
        made.append(unshared_connection(alias))
        return made[0]

    async def give_up() -> None:
        task = asyncio.create_task(aio.get(result(app)))
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        asyncio.get_running_loop().call_later(0.05, go_on.set)
        with pytest.raises(asyncio.CancelledError):
            await task
        assert go_on.is_set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aio, "unshared_connection", make)
        run(give_up)

    assert made[0].connection is None


def test_when_the_one_who_looks_leaves_another_looks(app: Celery) -> None:
    awaited = result(app)

    async def leave_and_wait() -> Any:
        leader = asyncio.create_task(aio.get(result(app), timeout=0.1))
        await asyncio.sleep(0)
        heir = asyncio.create_task(aio.get(awaited))
        with pytest.raises(ResultTimeoutError):
            await leader
        await store(app, awaited, 7, "SUCCESS")
        return await heir

    assert run(leave_and_wait) == 7


def test_a_result_of_another_backend_is_awaited_too(make_app: Callable[..., Celery]) -> None:
    app = make_app(result_backend="cache+memory://")
    app.backend.store_result("t1", 3, "SUCCESS")

    assert run(lambda: aio.get(result(app, "t1"))) == 3


def test_a_task_that_ran_in_place_needs_no_look() -> None:
    assert run(lambda: aio.get(EagerResult("t1", 4, "SUCCESS"))) == 4
