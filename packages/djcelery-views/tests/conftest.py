"""A Celery app whose results are in the database, and clients of a site that has the views."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import jsonschema
import pytest
from celery import Celery, _state
from django.contrib.auth.models import Permission, User
from django.test import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpResponse
    from pytest_django import Settings

SCHEMAS = json.loads(Path(__file__).with_name("schemas.json").read_text())
MIDDLEWARE = [
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]


@pytest.fixture
def make_app() -> Iterator[Callable[..., Celery]]:
    """Make an app with the settings given, the current one of every thread until the test ends."""
    state: Any = _state
    before = state._tls.current_app, state.default_app

    def make(**settings: Any) -> Celery:
        app = Celery("tests", set_as_current=False)
        defaults = {
            "result_backend": "djcelery-database",
            "broker_url": "memory://",
            "task_default_queue": f"tests-{uuid4().hex}",  # the broker is that of all tests
        }
        app.conf.update({**defaults, **settings})
        app.set_current()
        app.set_default()
        return app

    yield make
    state._tls.current_app, state.default_app = before


@pytest.fixture
def app(make_app: Callable[..., Celery]) -> Celery:
    return make_app()


@pytest.fixture
def read() -> Callable[[HttpResponse, str], Any]:
    """The JSON of an answer, which must be as the schema of this name says; errors are ``error``.

    No answer may be kept by a proxy, or taken for something else by a browser.
    """

    def read_checked(response: HttpResponse, schema: str) -> Any:
        assert response.headers["Content-Type"] == "application/json"
        answer = json.loads(response.content)
        jsonschema.validate(answer, SCHEMAS[schema])
        if schema != "webhook":
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert "no-store" in response.headers["Cache-Control"]
        return answer

    return read_checked


@pytest.fixture
def site(settings: Settings) -> Settings:
    """A site that has the views at its root, and keeps sessions in cookies."""
    settings.ROOT_URLCONF = "djcelery_views.urls"
    settings.MIDDLEWARE = MIDDLEWARE
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    return settings


@pytest.fixture
def make_user(db: None) -> Callable[..., User]:
    """Make a user who has the permissions on tasks that are named."""

    def make(*permissions: str) -> User:
        user = User.objects.create_user(uuid4().hex)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        return user

    return make


@pytest.fixture
def make_client(site: Settings, make_user: Callable[..., User]) -> Callable[..., Client]:
    """Make a browser in which a user with these permissions is logged in."""

    def make(*permissions: str, **options: Any) -> Client:
        client = Client(**options)
        client.force_login(make_user(*permissions))
        return client

    return make
