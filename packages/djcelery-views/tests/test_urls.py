"""``djcelery.urls``: addresses by name, with and without the last slash, for any task id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from django.urls import resolve, reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery import Celery
    from django.test import Client

NAMES = ("celery-task_status", "celery-is_task_successful", "celery-task_events", "celery-apply")
ODD = ["a/b", "a//b", "é ü", "100%", "%2F", "a?b#c", "x/status", "tasks", "apply/x", "a\nb", "."]
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("celery-is_task_successful", "/an-id/done/"),
        ("celery-task_status", "/an-id/status/"),
        ("celery-task_events", "/an-id/events/"),
        ("celery-apply", "/apply/an-id/"),
    ],
)
def test_the_addresses_have_their_names(site: None, name: str, url: str) -> None:
    assert reverse(name, args=["an-id"]) == url
    assert resolve(url).view_name == name
    assert resolve(url.rstrip("/")).func is resolve(url).func


def test_the_address_of_the_tasks_has_its_name(site: None) -> None:
    assert reverse("celery-tasks") == "/tasks/"
    assert resolve("/tasks").func is resolve("/tasks/").func


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(task_id=texts, name=st.sampled_from(NAMES[:3]))
def test_an_address_leads_back_to_the_id_it_was_made_of(
    site: None, task_id: str, name: str
) -> None:
    found = resolve(unquote(reverse(name, args=[task_id])))

    assert found.view_name == name
    assert found.kwargs == {"task_id": task_id}


@pytest.mark.django_db
@pytest.mark.parametrize("task_id", ODD)
def test_a_task_with_any_id_has_a_state(
    app: Celery, make_client: Callable[..., Client], read: Any, task_id: str
) -> None:
    app.backend.store_result(task_id, 5, "SUCCESS")

    response = make_client("view_taskstate").get(reverse("celery-task_status", args=[task_id]))

    assert read(response, "status")["task"] == {"id": task_id, "status": "SUCCESS", "result": 5}


@pytest.mark.django_db
@pytest.mark.parametrize("task_id", ["nul\0", "0" * 3000])
def test_a_task_whose_id_no_row_can_have_is_pending(
    app: Celery, make_client: Callable[..., Client], read: Any, task_id: str
) -> None:
    response = make_client("view_taskstate").get(reverse("celery-task_status", args=[task_id]))

    assert read(response, "status")["task"]["status"] == "PENDING"
