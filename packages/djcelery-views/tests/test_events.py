"""``djcelery_views``: what becomes of a task, as server-sent events, sync and async."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import AsyncClient, Client
from django.urls import reverse
from djcelery_backends.waiting import waits_for
from djcelery_models.models import TaskMeta
from djcelery_views.events import places

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from celery import Celery
    from pytest_django import Settings

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _all_places_are_left() -> Iterator[None]:
    yield
    gc.collect()
    assert places.taken == 0
    assert waits_for(TaskMeta, "default").wanted() == []


@pytest.fixture
def public(site: Settings) -> Settings:
    site.DJCELERY_VIEWS_PUBLIC_STATUS = True
    return site


def run(awaited: Callable[[], Awaitable[Any]]) -> Any:
    """Run as a site under ASGI would, with a time limit."""

    async def limited() -> Any:
        return await asyncio.wait_for(awaited(), 30)

    return async_to_sync(limited)()


def url(task_id: str = "t1") -> str:
    return reverse("celery-task_events", args=[task_id])


def task_in(text: bytes) -> Any:
    """The task in one event."""
    data = next(line for line in text.splitlines() if line.startswith(b"data: "))
    return json.loads(data.removeprefix(b"data: "))["task"]


def test_events_tell_each_change_and_end_with_the_final_state(app: Celery, public: None) -> None:
    response = Client().get(url())
    events = iter(response)

    told = [task_in(next(events))]
    for value, state in (({"current": 1, "total": 2}, "PROGRESS"), (5, "SUCCESS")):
        app.backend.store_result("t1", value, state)
        told.append(task_in(next(events)))

    assert list(events) == []
    assert [task["status"] for task in told] == ["PENDING", "PROGRESS", "SUCCESS"]
    assert [task["result"] for task in told] == [None, {"current": 1, "total": 2}, 5]


def test_under_asgi_the_same_events_come_without_a_thread_that_waits(
    app: Celery, public: None
) -> None:
    store = sync_to_async(app.backend.store_result)

    async def follow() -> list[Any]:
        response: Any = await AsyncClient().get(url())
        events = aiter(response)
        told = [task_in(await anext(events))]
        for value, state in ((1, "PROGRESS"), (2, "PROGRESS"), (ValueError("no"), "FAILURE")):
            await store("t1", value, state)
            told.append(task_in(await anext(events)))
        assert [event async for event in events] == []
        return told

    told = run(follow)

    assert [task["status"] for task in told] == ["PENDING", "PROGRESS", "PROGRESS", "FAILURE"]
    assert told[-1]["exc"] == "builtins.ValueError"


def test_events_are_as_the_schema_of_a_status_says(app: Celery, public: None, read: Any) -> None:
    app.backend.store_result("t1", 5, "SUCCESS")

    events = Client().get(url()).getvalue()
    status = read(Client().get(reverse("celery-task_status", args=["t1"])), "status")

    assert events == b"id: final\ndata: " + json.dumps(status).encode() + b"\n\n"


def test_events_are_neither_kept_nor_held_back_on_their_way(app: Celery, public: None) -> None:
    response = Client(headers={"Accept-Encoding": "gzip"}).get(url())

    headers = response.headers
    assert headers["Content-Type"] == "text/event-stream"
    assert headers["Content-Encoding"] == "identity"
    assert headers["X-Accel-Buffering"] == "no"
    assert "no-store" in headers["Cache-Control"]
    response.close()


def test_a_browser_that_has_read_the_end_is_told_not_to_come_again(
    app: Celery, public: None
) -> None:
    response = Client().get(url(), headers={"Last-Event-ID": "final"})

    assert response.status_code == 204


def test_a_silent_task_is_followed_by_comments(app: Celery, public: Settings) -> None:
    public.DJCELERY_VIEWS_HEARTBEAT_SECONDS = 1
    response = Client().get(url())
    events = iter(response)
    next(events)

    assert [next(events), next(events)] == [b": \n\n"] * 2
    response.close()


@pytest.mark.parametrize("client_type", [Client, AsyncClient])
@pytest.mark.parametrize("backend", ["djcelery-database", "cache+memory://"])
def test_a_stream_without_end_ends_in_time_and_asks_to_come_again(
    make_app: Callable[..., Celery], public: Settings, client_type: Any, backend: str
) -> None:
    public.DJCELERY_VIEWS_EVENTS_SECONDS = 1
    make_app(result_backend=backend)
    address = url(str(uuid4()))

    async def follow() -> list[bytes]:
        response: Any = await AsyncClient().get(address)
        return [event async for event in response]

    began = time.monotonic()
    told = run(follow) if client_type is AsyncClient else list(Client().get(address))

    assert task_in(told[0])["status"] == "PENDING"
    assert told[1:] == [b": \n\n", b"retry: 1000\n\n"]
    assert time.monotonic() - began < 5


def test_no_more_streams_are_served_than_the_setting_allows(
    app: Celery, public: Settings, read: Any
) -> None:
    public.DJCELERY_VIEWS_MAX_EVENTS = 2
    first, second = (Client().get(url()) for _ in range(2))

    refused = Client().get(url())

    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
    read(refused, "error")
    first.close()
    third = Client().get(url())
    assert third.status_code == 200
    for response in (second, third):
        response.close()


def test_a_response_that_nobody_closes_keeps_no_place(app: Celery, public: Settings) -> None:
    public.DJCELERY_VIEWS_MAX_EVENTS = 1
    for _ in range(3):
        response = Client().get(url())
        assert response.status_code == 200
        del response
        gc.collect()


def test_under_asgi_whoever_leaves_gives_the_place_back(app: Celery, public: Settings) -> None:
    async def leave() -> None:
        response: Any = await AsyncClient().get(url())
        events = aiter(response)
        await anext(events)
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await events.aclose()
        await sync_to_async(response.close)()
        assert places.taken == 0

    run(leave)


@pytest.mark.parametrize("client_type", [Client, AsyncClient])
def test_events_need_the_permission_unless_states_are_public(
    app: Celery, make_client: Callable[..., Client], read: Any, client_type: Any
) -> None:
    assert make_client("run_taskstate").get(url()).status_code == 403
    get = client_type().get
    refused = async_to_sync(get)(url()) if client_type is AsyncClient else get(url())

    assert "djcelery.view_taskstate" in read(refused, "error")["error"]


@pytest.mark.parametrize("permissions", [(), ("view_taskstate_payload",)])
def test_a_traceback_in_an_event_needs_the_permission_for_payloads(
    app: Celery, make_client: Callable[..., Client], public: None, permissions: tuple[str, ...]
) -> None:
    app.backend.store_result("t1", ValueError("no"), "FAILURE", traceback="Traceback: no")

    task = task_in(make_client(*permissions).get(url()).getvalue())

    assert task["traceback"] == ("Traceback: no" if permissions else None)


def test_events_take_get_alone(app: Celery, public: None) -> None:
    for method in ("head", "post"):
        response = getattr(Client(), method)(url())

        assert response.status_code == 405
        assert response.headers["Allow"] == "GET"


def test_a_project_that_keeps_no_results_has_no_events(
    make_app: Callable[..., Celery], public: None, read: Any
) -> None:
    make_app(result_backend="disabled://")

    assert Client().get(url()).status_code == 501


@pytest.mark.parametrize("client_type", [Client, AsyncClient])
def test_another_result_backend_is_asked_again_and_again(
    make_app: Callable[..., Celery], public: Settings, client_type: Any
) -> None:
    public.DJCELERY_VIEWS_HEARTBEAT_SECONDS = 1
    app, task_id = make_app(result_backend="cache+memory://"), str(uuid4())

    async def follow() -> list[bytes]:
        response: Any = await AsyncClient().get(url(task_id))
        events = aiter(response)
        told = [await anext(events), await anext(events)]
        app.backend.store_result(task_id, 5, "SUCCESS")
        return told + [event async for event in events]

    def follow_sync() -> list[bytes]:
        events = iter(Client().get(url(task_id)))
        told = [next(events), next(events)]
        app.backend.store_result(task_id, 5, "SUCCESS")
        return told + list(events)

    first, heartbeat, *last = run(follow) if client_type is AsyncClient else follow_sync()

    assert task_in(first)["status"] == "PENDING"
    assert heartbeat == b": \n\n"
    assert [task_in(event)["status"] for event in last] == ["SUCCESS"]
