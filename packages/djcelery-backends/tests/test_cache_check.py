"""The check of the cache that holds results."""

from __future__ import annotations

from importlib.util import find_spec
from threading import Thread
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import pytest
from celery import Celery, _state
from django.core.checks import run_checks
from djcelery_backends.cache_check import check_cache

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django import Settings

MODULE = "django.core.cache.backends"
OPTIONS = {"OPTIONS": {"MAX_ENTRIES": 1_000}}


MEMCACHED = [f"{MODULE}.memcached.PyMemcacheCache"] if find_spec("pymemcache") else []
"""Django's needs its driver at once."""


def ids() -> list[str | None]:
    return [message.id for message in check_cache()]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"BACKEND": f"{MODULE}.locmem.LocMemCache"}, ["djcelery_backends.W001"]),
        ({"BACKEND": f"{MODULE}.dummy.DummyCache"}, ["djcelery_backends.W002"]),
        ({"BACKEND": f"{MODULE}.db.DatabaseCache"}, ["djcelery_backends.W003"]),
        ({"BACKEND": f"{MODULE}.filebased.FileBasedCache"}, ["djcelery_backends.W003"]),
        ({"BACKEND": f"{MODULE}.db.DatabaseCache", **OPTIONS}, []),
        ({"BACKEND": f"{MODULE}.redis.RedisCache"}, []),
        *[({"BACKEND": name}, []) for name in MEMCACHED],
        ({"BACKEND": "absent.Cache"}, ["djcelery_backends.E001"]),
    ],
)
def test_each_kind_of_cache_is_judged(
    make_app: Callable[..., Celery], settings: Settings, given: dict[str, Any], said: list[str]
) -> None:
    settings.CACHES = {"default": {"LOCATION": "somewhere", **given}}
    make_app(result_backend="djcelery-cache")

    assert ids() == said


def test_a_cache_in_memory_is_named_with_the_way_out(make_app: Callable[..., Celery]) -> None:
    make_app(result_backend="djcelery-cache", cache_backend="default")

    (message,) = check_cache()

    assert "'default'" in message.msg
    assert "CELERY_CACHE_BACKEND" in str(message.hint)


def test_an_alias_that_is_not_there_is_an_error(make_app: Callable[..., Celery]) -> None:
    make_app(result_backend="djcelery-cache", cache_backend="absent")

    (message,) = check_cache()

    assert message.id == "djcelery_backends.E001"
    assert "'absent'" in message.msg


@pytest.mark.parametrize("backend", ["djcelery-database", "disabled", "absent", None])
def test_nothing_is_said_of_caches_that_hold_no_results(
    make_app: Callable[..., Celery], backend: str | None
) -> None:
    make_app(result_backend=backend)

    assert ids() == []


def test_nothing_is_said_where_tasks_run_in_the_process_that_asks(
    make_app: Callable[..., Celery],
) -> None:
    make_app(result_backend="djcelery-cache", task_always_eager=True)

    assert ids() == []


def test_a_backend_derived_from_ours_is_looked_at_too(make_app: Callable[..., Celery]) -> None:
    from djcelery_backends.cache import CacheBackend

    class OwnBackend(CacheBackend):
        """A backend of the project's own."""

    app: Any = make_app()
    app.backend_cls = OwnBackend

    assert ids() == ["djcelery_backends.W001"]


@pytest.fixture
def no_app(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has made an app, in any thread."""
    monkeypatch.setattr(_state, "_apps", WeakSet())
    monkeypatch.setattr(_state, "default_app", None)
    monkeypatch.setattr(_state._tls, "current_app", None)  # type: ignore[attr-defined]  # not in celery-types


@pytest.mark.usefixtures("no_app")
def test_the_app_of_a_project_is_found_from_another_thread() -> None:
    app = Celery("proj", broker="memory://", backend="djcelery-cache")
    found: list[list[str | None]] = []

    thread = Thread(target=lambda: found.append(ids()))
    thread.start()
    thread.join()
    app.close()

    assert found == [["djcelery_backends.W001"]]


@pytest.mark.usefixtures("no_app")
def test_without_an_app_none_is_made() -> None:
    check_cache()

    assert _state.default_app is None  # type: ignore[attr-defined]  # not in celery-types


def test_django_runs_the_check(make_app: Callable[..., Celery]) -> None:
    make_app(result_backend="djcelery-cache")

    assert "djcelery_backends.W001" in {message.id for message in run_checks(tags=["djcelery"])}
