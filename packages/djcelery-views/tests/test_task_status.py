"""``djcelery.views``: ``task_status`` and ``is_task_successful``, for those who may see them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse
from djcelery_models.models import TaskMeta
from djcelery_views.taskjson import MAX_LENGTH, describe, shown
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery import Celery
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

Read = Any
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
odd = st.sampled_from([{1, 2}, b"\xff", object, float("nan"), {"at": Decimal(1)}, {(1, 2): 3}])


class Unshowable:
    def __repr__(self) -> str:
        raise ValueError("no")


class BadlyOrdered(Exception):
    """What Celery makes of it in another process is a class of the same name."""


def status(client: Client, task_id: str) -> Any:
    return client.get(reverse("celery-task_status", args=[task_id]))


def test_a_result_is_shown(app: Celery, make_client: Callable[..., Client], read: Read) -> None:
    app.backend.store_result("t1", {"total": 5}, "SUCCESS")

    answer = read(status(make_client("view_taskstate"), "t1"), "status")

    assert answer == {"task": {"id": "t1", "status": "SUCCESS", "result": {"total": 5}}}


def test_progress_is_shown(app: Celery, make_client: Callable[..., Client], read: Read) -> None:
    app.backend.store_result("t1", {"current": 1, "total": 5}, "PROGRESS")

    answer = read(status(make_client("view_taskstate"), "t1"), "status")

    assert answer["task"]["status"] == "PROGRESS"
    assert answer["task"]["result"] == {"current": 1, "total": 5}


def test_a_task_of_which_nothing_is_stored_is_pending_and_leaves_no_row(
    app: Celery, make_client: Callable[..., Client], read: Read
) -> None:
    answer = read(status(make_client("view_taskstate"), "t1"), "status")

    assert answer == {"task": {"id": "t1", "status": "PENDING", "result": None}}
    assert not TaskMeta.objects.exists()


def test_what_a_failed_task_raised_is_shown_by_its_repr_and_its_class(
    app: Celery, make_client: Callable[..., Client], read: Read
) -> None:
    app.backend.store_result("t1", ValueError("no"), "FAILURE", traceback="Traceback: no")
    client = make_client("view_taskstate", "view_taskstate_payload")

    answer = read(status(client, "t1"), "status")

    assert answer["task"] == {
        "id": "t1",
        "status": "FAILURE",
        "result": "ValueError('no')",
        "exc": "builtins.ValueError",
        "traceback": "Traceback: no",
    }


@pytest.mark.parametrize("is_public", [True, False])
def test_a_traceback_always_needs_the_permission_for_payloads(
    app: Celery, make_client: Callable[..., Client], settings: Settings, read: Read, is_public: bool
) -> None:
    settings.DJCELERY_VIEWS_PUBLIC_STATUS = is_public
    app.backend.store_result("t1", ValueError("no"), "FAILURE", traceback="Traceback: no")

    answer = read(status(make_client("view_taskstate"), "t1"), "status")

    assert answer["task"]["traceback"] is None
    assert answer["task"]["exc"] == "builtins.ValueError"


@pytest.mark.parametrize("name", ["celery-task_status", "celery-is_task_successful"])
def test_a_state_needs_the_permission_unless_states_are_public(
    app: Celery,
    make_client: Callable[..., Client],
    settings: Settings,
    read: Read,
    name: str,
) -> None:
    clients = [Client(), make_client(), make_client("run_taskstate", "view_taskstate_payload")]
    for client in clients:
        response = client.get(reverse(name, args=["t1"]))

        assert response.status_code == 403
        assert "djcelery.view_taskstate" in read(response, "error")["error"]

    settings.DJCELERY_VIEWS_PUBLIC_STATUS = True

    assert [client.get(reverse(name, args=["t1"])).status_code for client in clients] == [200] * 3


def test_a_site_that_knows_no_users_shows_nothing(app: Celery, site: Settings, read: Read) -> None:
    site.MIDDLEWARE = []

    assert status(Client(), "t1").status_code == 403


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("celery-task_status", ["t1"]),
        ("celery-is_task_successful", ["t1"]),
        ("celery-task_events", ["t1"]),
        ("celery-tasks", []),
    ],
)
def test_nobody_is_sent_to_a_page_to_log_in_at(
    app: Celery, site: Settings, read: Read, name: str, arguments: list[str]
) -> None:
    site.MIDDLEWARE = [*site.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]

    response = Client().get(reverse(name, args=arguments))

    assert response.status_code == 403
    read(response, "error")


@pytest.mark.parametrize(
    ("state", "is_executed"), [("SUCCESS", True), ("FAILURE", False), ("PROGRESS", False)]
)
def test_a_task_is_executed_once_it_has_succeeded(
    app: Celery, make_client: Callable[..., Client], read: Read, state: str, is_executed: bool
) -> None:
    app.backend.store_result("t1", ValueError() if state == "FAILURE" else 1, state)
    client = make_client("view_taskstate")

    answer = read(client.get(reverse("celery-is_task_successful", args=["t1"])), "done")

    assert answer == {"task": {"id": "t1", "executed": is_executed}}


def test_a_state_is_never_an_old_one(
    app: Celery, make_client: Callable[..., Client], read: Read
) -> None:
    client = make_client("view_taskstate")
    app.backend.store_result("t1", 1, "SUCCESS")
    status(client, "t1")

    app.backend.store_result("t1", 2, "SUCCESS")

    assert read(status(client, "t1"), "status")["task"]["result"] == 2


def test_a_result_that_is_not_json_is_shown_as_its_repr(
    app: Celery, make_client: Callable[..., Client], read: Read
) -> None:
    moment = datetime(2040, 1, 1, tzinfo=UTC)
    app.backend.store_result("t1", moment, "SUCCESS")

    answer = read(status(make_client("view_taskstate"), "t1"), "status")

    assert answer["task"]["result"] == repr(moment)


def test_a_result_that_cannot_be_read_is_said_so_beside_its_state(
    app: Celery, make_client: Callable[..., Client], read: Read
) -> None:
    app.backend.store_result("t1", 1, "SUCCESS")
    app.backend.store_result("t2", ValueError(), "FAILURE")
    TaskMeta.objects.update(stored_result="{", content_type="application/json")
    client = make_client("view_taskstate")

    answers = [read(status(client, task_id), "status")["task"] for task_id in ("t1", "t2")]

    assert [answer["status"] for answer in answers] == ["SUCCESS", "FAILURE"]
    assert all(answer["result"] is None and answer["error"] for answer in answers)


@pytest.mark.parametrize("backend", ["cache+memory://", "djcelery-cache"])
def test_another_result_backend_is_asked_in_the_same_way(
    make_app: Callable[..., Celery], make_client: Callable[..., Client], read: Read, backend: str
) -> None:
    app = make_app(result_backend=backend)
    app.backend.store_result("t1", ValueError("no"), "FAILURE", traceback="Traceback: no")
    client = make_client("view_taskstate", "view_taskstate_payload")

    answer = read(status(client, "t1"), "status")["task"]

    assert (answer["exc"], answer["traceback"]) == ("builtins.ValueError", "Traceback: no")
    assert read(status(client, "t2"), "status")["task"]["status"] == "PENDING"


def test_a_project_that_keeps_no_results_is_told_so(
    make_app: Callable[..., Celery], make_client: Callable[..., Client], read: Read
) -> None:
    make_app(result_backend="disabled://")

    response = status(make_client("view_taskstate"), "t1")

    assert response.status_code == 501
    assert "no result backend" in read(response, "error")["error"]


@pytest.mark.parametrize("name", ["celery-task_status", "celery-is_task_successful"])
def test_looking_takes_get_and_head_alone(
    app: Celery, make_client: Callable[..., Client], read: Read, name: str
) -> None:
    client, url = make_client("view_taskstate"), reverse(name, args=["t1"])

    assert client.head(url).status_code == 200
    response = client.put(url)
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD"
    assert "GET, HEAD" in read(response, "error")["error"]


@given(plain | odd)
def test_whatever_a_result_is_it_is_shown_as_json(value: object) -> None:
    text = json.dumps(shown(value), allow_nan=False)

    assert json.loads(text) == (value if shown(value) is value else shown(value))


def test_a_repr_is_cut_and_never_raises() -> None:
    assert len(str(shown({"x" * 2 * MAX_LENGTH}))) == MAX_LENGTH
    assert "Unshowable" in str(shown(Unshowable()))
    shown_error = describe(
        "t1", {"status": "FAILURE", "result": Unshowable()}, shows_traceback=True
    )
    assert "Unshowable" in shown_error["result"]
