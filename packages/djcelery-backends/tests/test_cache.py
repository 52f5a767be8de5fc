"""``CacheBackend``, the result backend on Django's cache framework."""

from __future__ import annotations

import pickle
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from celery.result import AsyncResult, GroupResult
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from djcelery_backends.cache import CacheBackend
from djcelery_models.errors import ResultNotDecodable, ResultNotEncodable
from kombu.exceptions import EncodeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from celery import Celery
    from pytest_django import Settings

LOCMEM = "django.core.cache.backends.locmem.LocMemCache"


def backend_of(app: Celery) -> CacheBackend:
    backend = app.backend
    assert isinstance(backend, CacheBackend)
    return backend


@pytest.fixture(autouse=True)
def two_caches(settings: Settings) -> Iterator[None]:
    settings.CACHES = {
        "default": {"BACKEND": LOCMEM, "LOCATION": "one"},
        "results": {"BACKEND": LOCMEM, "LOCATION": "two"},
    }
    yield
    for cache in caches.all():
        cache.clear()


@pytest.fixture
def app(make_app: Callable[..., Celery]) -> Celery:
    return make_app(result_backend="djcelery-cache")


def test_a_result_is_stored_found_and_forgotten(app: Celery) -> None:
    app.backend.store_result("t1", {"total": 3}, "SUCCESS")
    assert app.AsyncResult("t1").get(timeout=1) == {"total": 3}

    app.AsyncResult("t1").forget()

    assert app.AsyncResult("t1").state == "PENDING"


@pytest.mark.parametrize("serializer", ["json", "pickle"])
@pytest.mark.parametrize("compression", [None, "gzip"])
def test_every_serializer_gives_back_values_and_exceptions(
    serializer: str, compression: str | None, make_app: Callable[..., Celery]
) -> None:
    app = make_app(
        result_backend="djcelery-cache",
        result_serializer=serializer,
        result_accept_content=[serializer],
        result_compression=compression,
    )

    app.backend.store_result("t1", "Zürich", "SUCCESS")
    app.backend.store_result("t2", KeyError("gone"), "FAILURE")

    assert app.AsyncResult("t1").get(timeout=1) == "Zürich"
    with pytest.raises(KeyError, match="gone"):
        app.AsyncResult("t2").get(timeout=1)


def test_results_go_to_the_cache_that_the_setting_names(make_app: Callable[..., Celery]) -> None:
    app = make_app(result_backend="djcelery-cache", cache_backend="results")

    app.backend.store_result("t1", 1, "SUCCESS")

    assert "celery-task-meta-t1" in caches["results"]
    assert "celery-task-meta-t1" not in caches["default"]


def test_an_unknown_alias_is_named_with_those_there_are(make_app: Callable[..., Celery]) -> None:
    app = make_app(result_backend="djcelery-cache", cache_backend="memory")

    with pytest.raises(ImproperlyConfigured, match=r"'memory'.* default, results"):
        app.backend.store_result("t1", 1, "SUCCESS")


def test_the_address_of_a_server_is_no_alias(make_app: Callable[..., Celery]) -> None:
    app = make_app(result_backend="disabled://")

    with pytest.raises(ImproperlyConfigured, match="CELERY_CACHE_BACKEND") as raised:
        CacheBackend(app, url="redis://:s3cr3t@127.0.0.1/0")
    assert "s3cr3t" not in str(raised.value)

    app.conf.cache_backend = "redis://:s3cr3t@127.0.0.1/0"
    with pytest.raises(ImproperlyConfigured, match="CELERY_CACHE_BACKEND is 'redis") as raised:
        CacheBackend(app)
    assert "s3cr3t" not in f"{raised.value}{raised.value.__cause__}"


def test_a_cache_that_cannot_be_used_is_named(
    make_app: Callable[..., Celery],
) -> None:
    app = make_app(result_backend="disabled://")

    with (
        override_settings(CACHES={"default": {"BACKEND": "absent.Cache"}}),
        pytest.raises(ImproperlyConfigured, match=r"'default'.*cannot be used.*absent"),
    ):
        CacheBackend(app)


@pytest.mark.parametrize(
    ("expires", "seconds"),
    [(60, 60), (0.5, 1), (timedelta(minutes=1), 60), (None, None), (0, 0)],
)
def test_results_expire_after_seconds_or_a_timedelta_or_never(
    make_app: Callable[..., Celery], expires: Any, seconds: int | None
) -> None:
    app = make_app(result_backend="djcelery-cache", result_expires=expires)

    app.backend.store_result("t1", 1, "SUCCESS")

    assert backend_of(app).expires == seconds
    assert app.AsyncResult("t1").state == "SUCCESS"
    cache: Any = caches["default"]
    expiry = cache._expire_info[cache.make_key("celery-task-meta-t1")]
    assert (expiry is None) is not bool(seconds)


def test_the_tasks_of_a_group_are_read_together(app: Celery) -> None:
    @app.task(shared=False)
    def add(x: int, y: int) -> int:
        return x + y

    GroupResult("g1", [AsyncResult(add.apply((n, n)).id) for n in (1, 2)]).save()

    restored = GroupResult.restore("g1")

    assert isinstance(restored, GroupResult)
    assert restored.join_native(timeout=1) == [2, 4]
    assert restored.get(timeout=1) == [2, 4]
    restored.delete()
    assert GroupResult.restore("g1") is None


def test_a_counter_starts_at_one_and_its_life_can_be_prolonged(app: Celery) -> None:
    backend = backend_of(app)
    assert [backend.incr("number"), backend.incr("number")] == [1, 2]

    backend.expire("number", -1)

    assert backend.get("number") is None


def test_a_counter_expires_as_results_do(make_app: Callable[..., Celery]) -> None:
    app = make_app(result_backend="djcelery-cache", result_expires=60)

    backend_of(app).incr("number")

    cache: Any = caches["default"]
    assert cache._expire_info[cache.make_key("number")] is not None


def test_a_result_that_cannot_be_written_makes_the_task_fail(app: Celery) -> None:
    @app.task(shared=False)
    def unwritable() -> object:
        return object()

    task_id = unwritable.apply().id

    result = app.AsyncResult(task_id)
    assert result.state == "FAILURE"
    assert isinstance(result.result, EncodeError)
    assert isinstance(result.result, ResultNotEncodable)


def test_a_result_that_cannot_be_read_names_the_task(app: Celery) -> None:
    caches["default"].set("celery-task-meta-t1", "{")

    with pytest.raises(ResultNotDecodable, match="task t1"):
        app.backend.get_task_meta("t1")


def test_a_pickled_backend_is_one_of_the_current_app(app: Celery) -> None:
    before = CacheBackend(app, expires=7, url="djcelery-cache://")

    after = pickle.loads(pickle.dumps(before))

    assert type(after) is CacheBackend
    assert (after.app, after.expires, after.url) == (app, 7, "djcelery-cache://")


def test_the_banner_of_a_worker_names_the_cache(app: Celery) -> None:
    assert app.backend.as_uri() == "djcelery-cache (default)"
