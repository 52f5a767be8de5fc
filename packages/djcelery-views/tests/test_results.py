"""``djcelery.views``: a result backend or a database that is away is told of in JSON."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from celery.backends.base import Backend
from django.db import OperationalError, ProgrammingError
from django.test import Client
from django.urls import path, reverse
from djcelery_views import urls
from djcelery_views.answers import answering

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery import Celery
    from django.http import HttpRequest, HttpResponse
    from pytest_django import Settings

ASKED = pytest.mark.parametrize("name", ["celery-task_status", "celery-is_task_successful"])


class Away(Backend):
    """A result backend whose database is away, or lacks a column."""

    error: type[Exception] = OperationalError

    def _get_task_meta_for(self, task_id: str) -> Any:
        raise self.error(task_id)


class Broken(Away):
    error = ProgrammingError


@answering("GET")
def unlucky(request: HttpRequest) -> HttpResponse:
    """A view that needs a user whom no database knows at the moment."""
    raise OperationalError("no connection")


urlpatterns = [*urls.urlpatterns, path("unlucky/", unlucky)]


@pytest.fixture
def public(site: Settings) -> Settings:
    site.DJCELERY_VIEWS_PUBLIC_STATUS = True
    site.ROOT_URLCONF = __name__
    return site


@ASKED
@pytest.mark.parametrize("is_silent", [True, False])
def test_a_redis_that_does_not_answer_is_unavailable(
    make_app: Callable[..., Celery], public: None, read: Any, name: str, is_silent: bool
) -> None:
    pytest.importorskip("redis")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1] if is_silent else 1
        make_app(result_backend=f"redis://127.0.0.1:{port}", redis_socket_timeout=1)
        began = time.monotonic()

        response = Client().get(reverse(name, args=["t1"]))

    assert response.status_code == 503
    assert read(response, "error")["error"] == "the result backend does not answer"
    assert time.monotonic() - began < 30


@ASKED
def test_results_in_a_database_that_is_away_are_unavailable(
    make_app: Callable[..., Celery], public: None, read: Any, name: str
) -> None:
    make_app(result_backend=f"{__name__}:Away")

    response = Client().get(reverse(name, args=["t1"]))

    assert response.status_code == 503
    read(response, "error")


@ASKED
def test_a_backend_that_is_wrong_is_no_backend_that_is_away(
    make_app: Callable[..., Celery], public: None, name: str
) -> None:
    make_app(result_backend=f"{__name__}:Broken")

    with pytest.raises(ProgrammingError):
        Client().get(reverse(name, args=["t1"]))


def test_a_database_that_is_away_is_told_of(public: None, read: Any) -> None:
    response = Client().get("/unlucky/")

    assert response.status_code == 503
    assert read(response, "error")["error"] == "the database does not answer"
