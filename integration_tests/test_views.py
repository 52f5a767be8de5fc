"""The views, served by a WSGI and an ASGI server, with a real worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .websites import Interface, make_site, make_visitor, read_events, serve

if TYPE_CHECKING:
    from .conftest import MakeProject

INTERFACES = pytest.mark.parametrize("interface", ["wsgi", "asgi"])
TASKS = """\
import time

from celery import shared_task


@shared_task(bind=True)
def count(self, total):
    for current in range(total):
        self.update_state(state="PROGRESS", meta={"current": current, "total": total})
        time.sleep(0.3)
    return total
"""


@INTERFACES
def test_a_task_is_started_and_followed_to_its_end(
    make_project: MakeProject, interface: Interface
) -> None:
    project = make_site(make_project, TASKS)
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
