"""The views, served by a WSGI and an ASGI server, with a real worker."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import islice
from signal import SIGTERM
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from django.db import connection

from .clients import assert_soon, client_of
from .websites import Interface, Visitor, make_site, make_visitor, read_events, serve

if TYPE_CHECKING:
    from .conftest import MakeProject
    from .projects import Project

INTERFACES = pytest.mark.parametrize("interface", ["wsgi", "asgi"])
TASKS = """\
import time

from celery import shared_task


@shared_task
def add(x, y):
    return x + y


@shared_task(bind=True)
def count(self, total):
    for current in range(total):
        self.update_state(state="PROGRESS", meta={"current": current, "total": total})
        time.sleep(0.3)
    return total
"""


IDS = ["a/b//c", "é ü", "100%", "%2F", "a?b#c", "x/status", "\n", "0" * 255]
PUBLIC = {"DJCELERY_VIEWS_PUBLIC_STATUS": True, "DJCELERY_VIEWS_HEARTBEAT_SECONDS": 1}


@INTERFACES
@pytest.mark.parametrize("has_loader", [True, False])
def test_a_task_is_started_and_followed_to_its_end(
    make_project: MakeProject, interface: Interface, has_loader: bool
) -> None:
    project = make_site(make_project, TASKS, has_loader=has_loader)
    project.worker(pool="threads")
    port, _ = serve(project, interface)
    visitor = make_visitor(project, port, "run_taskstate", "view_taskstate")

    status, started = visitor.ask(
        "POST", "/celery/apply/shop.tasks.count/", '{"total": 4}', Content_Type="application/json"
    )
    with visitor.opened("GET", f"/celery/{started['task_id']}/events/") as response:
        events: list[Any] = list(read_events(response))

    assert (status, started["ok"]) == (200, "true")
    assert response.headers["Content-Type"] == "text/event-stream"
    progress = [event["result"]["current"] for event in events if event["status"] == "PROGRESS"]
    assert len(progress) >= 2
    assert progress == sorted(progress)
    assert events[-1] == {"id": started["task_id"], "status": "SUCCESS", "result": 4}


@INTERFACES
def test_what_is_refused_is_told_in_json(make_project: MakeProject, interface: Interface) -> None:
    project = make_site(make_project, TASKS)
    port, _ = serve(project, interface)
    nobody, runs = Visitor(port=port), make_visitor(project, port, "run_taskstate")
    count = "/celery/apply/shop.tasks.count/"

    asked = [
        nobody.ask("GET", "/celery/an-id/status/"),
        nobody.ask("GET", "/celery/an-id/events/"),
        nobody.ask("GET", "/celery/tasks/"),
        nobody.ask("POST", count),
        runs.ask("GET", count),
        runs.ask("POST", count),
        runs.ask("POST", "/celery/apply/shop.tasks.absent/"),
    ]
    with runs.opened("POST", count, X_CSRFToken="b" * 32) as forged:
        assert forged.status == 403

    assert [status for status, _ in asked] == [403, 403, 403, 403, 405, 400, 404]
    assert all(set(answer) == {"error"} for _, answer in asked)


@INTERFACES
def test_a_task_may_have_any_id_and_come_after_those_who_ask_for_it(
    make_project: MakeProject, interface: Interface
) -> None:
    project = make_site(make_project, TASKS, settings=PUBLIC)
    project.worker(pool="threads")
    port, _ = serve(project, interface)
    visitor = Visitor(port=port)

    for task_id in IDS:
        address = f"/celery/{quote(task_id)}"
        assert visitor.ask("GET", f"{address}/status/")[1]["task"]["status"] == "PENDING"
        with visitor.opened("GET", f"{address}/events/") as response:
            events = read_events(response)
            first: Any = next(events)
            project.send("add", 2, 3, task_id=task_id)
            last: Any = list(events)[-1]

        assert (first["status"], last["status"], last["result"]) == ("PENDING", "SUCCESS", 5)
        assert visitor.ask("GET", f"{address}/done")[1] == {
            "task": {"id": task_id, "executed": True}
        }


@INTERFACES
def test_whoever_leaves_makes_room_for_the_next(
    make_project: MakeProject, interface: Interface
) -> None:
    project = make_site(make_project, TASKS, settings=PUBLIC | {"DJCELERY_VIEWS_MAX_EVENTS": 1})
    port, _ = serve(project, interface)
    visitor = Visitor(port=port)
    events = "/celery/an-id/events/"

    with visitor.opened("GET", events) as response:
        assert [event and event["status"] for event in islice(read_events(response), 2)] == [
            "PENDING",
            None,
        ]
        with visitor.opened("GET", events) as refused:
            assert refused.status == 503
            assert int(refused.headers["Retry-After"]) > 0

    def is_room() -> bool:
        with visitor.opened("GET", events) as response:
            return response.status == 200

    assert_soon(is_room)


def test_a_server_that_waits_for_streams_stops_in_time(make_project: MakeProject) -> None:
    project = make_site(make_project, TASKS, settings=PUBLIC | {"DJCELERY_VIEWS_EVENTS_SECONDS": 3})
    port, server = serve(project, "asgi")

    with Visitor(port=port).opened("GET", "/celery/an-id/events/") as response:
        assert response.readline().startswith(b"data: ")
        server.signal(SIGTERM)
        assert b"retry: 1000" in response.read()

    server.wait(10)


@pytest.mark.postgresql
@INTERFACES
def test_all_who_follow_share_one_connection(
    make_project: MakeProject, interface: Interface
) -> None:
    project = make_site(make_project, TASKS, settings=PUBLIC)
    port, _ = serve(project, interface)
    visitor = Visitor(port=port)

    with ExitStack() as stack, client_of(project):
        followed = [
            read_events(stack.enter_context(visitor.opened("GET", f"/celery/t{number}/events/")))
            for number in range(50)
        ]
        assert [next(events) is None for events in followed] == [False] * 50
        assert_soon(lambda: number_of_connections(project) <= 2)  # that of this test is one
        assert [next(events) for events in followed] == [None] * 50


def number_of_connections(project: Project) -> int:
    with connection.cursor() as cursor:
        name = project.settings["DATABASES"]["default"]["NAME"]
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [name])
        number: int = cursor.fetchone()[0]
    return number
