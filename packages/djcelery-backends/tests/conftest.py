"""A Celery app whose results are kept by the backend under test, and caches that may hold them."""

from __future__ import annotations

import os
from math import ceil
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from celery import Celery, _state
from django.core.cache import caches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_django import Settings


@pytest.fixture
def make_app() -> Iterator[Callable[..., Celery]]:
    """Make an app with the settings given, the current one of every thread until the test ends."""
    state: Any = _state
    before = state._tls.current_app, state.default_app

    def make(**settings: Any) -> Celery:
        app = Celery("tests", set_as_current=False)
        defaults = {"result_backend": "djcelery-database", "task_store_eager_result": True}
        app.conf.update({**defaults, **settings})
        app.set_current()
        app.set_default()
        return app

    yield make
    state._tls.current_app, state.default_app = before


@pytest.fixture
def app(make_app: Callable[..., Celery]) -> Celery:
    return make_app()


POLLED = ["memory", "files", pytest.param("table", marks=pytest.mark.django_db)]
COUNTING = [
    pytest.param("redis", marks=pytest.mark.redis),
    pytest.param("memcached", marks=pytest.mark.memcached),
]


@pytest.fixture(params=[*POLLED, *COUNTING])
def each_cache(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Iterator[str]:
    """The default cache is of each kind in turn, and empty."""
    yield from with_cache(request.param, settings, tmp_path)


@pytest.fixture(params=POLLED)
def polled_cache(
    request: pytest.FixtureRequest, settings: Settings, tmp_path: Path
) -> Iterator[str]:
    """The default cache is of each kind that does not count in one step."""
    yield from with_cache(request.param, settings, tmp_path)


@pytest.fixture(params=COUNTING)
def counting_cache(
    request: pytest.FixtureRequest, settings: Settings, tmp_path: Path
) -> Iterator[str]:
    """The default cache is of each kind that counts in one step."""
    yield from with_cache(request.param, settings, tmp_path)


@pytest.fixture
def redis_cache(settings: Settings, tmp_path: Path) -> Iterator[str]:
    yield from with_cache("redis", settings, tmp_path)


@pytest.fixture
def seconds_left(redis_cache: str) -> Callable[[str], int]:
    """How long Redis keeps an entry, rounded up; -1 is for ever."""

    def ask(key: str) -> int:
        cache: Any = caches["default"]
        milliseconds: int = cache._cache.get_client().pttl(cache.make_key(key))
        return milliseconds if milliseconds < 0 else ceil(milliseconds / 1000)

    return ask


@pytest.fixture
def memcached(settings: Settings, tmp_path: Path) -> Iterator[str]:
    yield from with_cache("memcached", settings, tmp_path)


def with_cache(kind: str, settings: Settings, folder: Path) -> Iterator[str]:
    settings.CACHES = {"default": make_cache(kind, folder)}
    yield kind
    empty(kind)


def make_cache(kind: str, folder: Path) -> dict[str, Any]:
    """A cache of this kind that no other test has entries in."""
    module = "django.core.cache.backends"
    given: dict[str, dict[str, Any]] = {
        "memory": {"BACKEND": f"{module}.locmem.LocMemCache", "LOCATION": uuid4().hex},
        "files": {"BACKEND": f"{module}.filebased.FileBasedCache", "LOCATION": str(folder / "x")},
        "table": {"BACKEND": f"{module}.db.DatabaseCache", "LOCATION": "djcelery_tests_cache"},
        "redis": {
            "BACKEND": f"{module}.redis.RedisCache",
            "LOCATION": os.environ.get("BROKER_URL", ""),
        },
        "memcached": {
            "BACKEND": f"{module}.memcached.PyMemcacheCache",
            "LOCATION": os.environ.get("MEMCACHED_URL", "").partition("://")[2],
        },
    }
    return {**given[kind], "KEY_PREFIX": f"tests-{uuid4().hex}", "TIMEOUT": 60}


def empty(kind: str) -> None:
    """Delete what a test has left; what Memcached holds nobody can list."""
    cache: Any = caches["default"]
    if kind == "redis":  # clear() would empty the broker that others use
        client = cache._cache.get_client()
        for key in client.scan_iter(f"{cache.key_prefix}*"):
            client.delete(key)
    elif kind != "memcached":
        cache.clear()
    caches.close_all()
