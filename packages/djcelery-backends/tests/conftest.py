"""A Celery app whose results are kept by the backend under test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from celery import Celery, _state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def make_app() -> Iterator[Callable[..., Celery]]:
    """Make an app with the settings given, the current one until the test ends."""
    before = getattr(_state._tls, "current_app", None)  # type: ignore[attr-defined]  # not in celery-types

    def make(**settings: Any) -> Celery:
        app = Celery("tests", set_as_current=False)
        defaults = {"result_backend": "djcelery-database", "task_store_eager_result": True}
        app.conf.update({**defaults, **settings})
        app.set_current()
        return app

    yield make
    _state._set_current_app(before)  # type: ignore[attr-defined]  # not in celery-types


@pytest.fixture
def app(make_app: Callable[..., Celery]) -> Celery:
    return make_app()
