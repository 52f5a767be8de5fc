"""Celery apps in each way to use Celery with Django, with a broker in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import pytest
from celery import Celery, _state

if TYPE_CHECKING:
    from collections.abc import Callable

LOADER = "djcelery_loader.loader.DjangoLoader"


@pytest.fixture(autouse=True)
def _own_apps(monkeypatch: pytest.MonkeyPatch) -> None:
    """No app but those of the test, and after it those that were there."""
    monkeypatch.setattr(_state, "default_app", None)
    monkeypatch.setattr("celery._state._tls.current_app", None)
    monkeypatch.setattr(_state, "_apps", WeakSet())
    finalizers: Any = vars(_state)["_on_app_finalizers"]  # a shared task adds itself
    monkeypatch.setattr(_state, "_on_app_finalizers", set(finalizers))


@pytest.fixture
def make_app() -> Callable[..., Any]:
    """Make the current app, which nobody has configured yet: styles "celery.py", "loader", "own".

    An app that reads Django's settings, one that the loader configures, and one that has a
    configuration of its own.
    """

    def make(style: str, **own: Any) -> Any:
        app = Celery("proj", loader=LOADER if style == "loader" else None)
        if style == "celery.py":
            app.config_from_object("django.conf:settings", namespace="CELERY")
        app.conf.update(broker_url="memory://", **own)
        app.set_default()
        return app

    return make


@pytest.fixture(params=["celery.py", "loader", "own"])
def app(request: pytest.FixtureRequest, make_app: Callable[..., Any]) -> Any:
    return make_app(request.param)
