"""``djcelery.views.task_webhook``: what a view returns or raises becomes JSON, and nothing else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from djcelery_views.views import task_webhook

if TYPE_CHECKING:
    from pytest_django import Settings


@task_webhook
def add(request: HttpRequest) -> int:
    """Adds."""
    return int(request.GET["x"]) + int(request.GET["y"])


@task_webhook
async def add_later(request: HttpRequest) -> int:
    await asyncio.sleep(0)
    return int(request.GET["x"]) + int(request.GET["y"])


@task_webhook
def odd(_request: HttpRequest) -> object:
    return {1, 2}


@task_webhook
@require_POST
@csrf_exempt
def guarded(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("as it is", status=202)


@task_webhook
def write(_request: HttpRequest) -> None:
    User.objects.create_user("written")
    raise ValueError("after all, no")


urlpatterns = [path("add/", add), path("later/", add_later), path("write/", write)]


@pytest.mark.parametrize("url", ["/add/", "/later/"])
def test_what_a_view_returns_or_raises_is_told(settings: Settings, read: Any, url: str) -> None:
    settings.ROOT_URLCONF = __name__

    succeeded = read(Client().get(url, {"x": "1", "y": "2"}), "webhook")
    failed = read(Client().get(url, {"x": "1", "y": "b"}), "webhook")

    assert succeeded == {"status": "success", "retval": 3}
    assert failed["status"] == "failure"
    assert failed["reason"].startswith("ValueError(")


def test_what_is_not_json_is_told_by_its_repr(rf: RequestFactory, read: Any) -> None:
    assert read(odd(rf.get("/")), "webhook") == {"status": "success", "retval": "{1, 2}"}


def test_methods_and_csrf_are_left_to_the_view_as_are_its_responses(rf: RequestFactory) -> None:
    assert guarded.csrf_exempt  # type: ignore[attr-defined]  # set by the decorator
    assert guarded(rf.get("/")).status_code == 405
    assert guarded(rf.post("/")).content == b"as it is"
    assert add.__doc__ == "Adds."


def test_a_failure_is_logged(rf: RequestFactory, caplog: pytest.LogCaptureFixture) -> None:
    add(rf.get("/"))

    assert "The webhook add has failed" in caplog.text
    assert "MultiValueDictKeyError" in caplog.text


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_atomic", [True, False])
def test_a_failure_rolls_back_what_atomic_requests_has_begun(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, read: Any, is_atomic: bool
) -> None:
    settings.ROOT_URLCONF = __name__
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", is_atomic)

    read(Client().get("/write/"), "webhook")

    assert User.objects.filter(username="written").exists() is not is_atomic
    assert not transaction.get_connection().needs_rollback
