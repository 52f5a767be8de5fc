"""``CacheBackend``, the result backend on Django's cache framework."""

from __future__ import annotations

import pickle
from datetime import timedelta
from importlib.util import find_spec
from io import StringIO
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from celery.exceptions import TimeoutError as ResultTimeout
from celery.result import AsyncResult, GroupResult
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from djcelery_backends.cache import CacheBackend
from djcelery_backends.errors import ResultNotStored
from djcelery_models.errors import ResultNotDecodable, ResultNotEncodable
from kombu.exceptions import EncodeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from celery import Celery
    from pytest_django import Settings

LOCMEM = "django.core.cache.backends.locmem.LocMemCache"
SERIALIZERS = ["json", "pickle"]
SERIALIZERS += ["yaml"] if find_spec("yaml") else []
SERIALIZERS += ["msgpack"] if find_spec("msgpack") else []
TABLE = "django.core.cache.backends.db.DatabaseCache"


def backend_of(app: Celery) -> CacheBackend:
    backend = app.backend
    assert isinstance(backend, CacheBackend)
    return backend


@pytest.fixture(autouse=True)
def two_caches(settings: Settings) -> None:
    settings.CACHES = {
        "default": {"BACKEND": LOCMEM, "LOCATION": uuid4().hex},
        "results": {"BACKEND": LOCMEM, "LOCATION": uuid4().hex},
    }


@pytest.fixture
def app(make_app: Callable[..., Celery]) -> Celery:
    return make_app(result_backend="djcelery-cache")


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


def test_a_pickled_backend_is_one_of_the_current_app(app: Celery) -> None:
    before = CacheBackend(app, expires=7, url="djcelery-cache://")

    after = pickle.loads(pickle.dumps(before))

    assert type(after) is CacheBackend
    assert (after.app, after.expires, after.url) == (app, 7, "djcelery-cache://")


def test_the_banner_of_a_worker_names_the_cache(app: Celery) -> None:
    assert app.backend.as_uri() == "djcelery-cache (default)"


@pytest.mark.usefixtures("each_cache")
def test_each_cache_stores_finds_and_forgets(app: Celery) -> None:
    app.backend.store_result("t1", {"total": 3}, "SUCCESS")
    assert app.AsyncResult("t1").get(timeout=1) == {"total": 3}

    app.AsyncResult("t1").forget()

    assert app.AsyncResult("t1").state == "PENDING"


@pytest.mark.usefixtures("each_cache")
@pytest.mark.parametrize("serializer", SERIALIZERS)
@pytest.mark.parametrize("compression", [None, "gzip"])
def test_each_cache_gives_back_what_each_serializer_wrote(
    serializer: str, compression: str | None, make_app: Callable[..., Celery]
) -> None:
    app = make_app(
        result_backend="djcelery-cache",
        result_serializer=serializer,
        result_accept_content=[serializer],
        result_compression=compression,
    )

    app.backend.store_result("t1", {"name": "Zürich \0 \x7f", "items": [1, None]}, "SUCCESS")
    app.backend.store_result("t2", KeyError("gone"), "FAILURE", traceback="at line 3")

    assert app.AsyncResult("t1").get(timeout=1) == {"name": "Zürich \0 \x7f", "items": [1, None]}
    assert str(app.AsyncResult("t2").traceback) == "at line 3"
    with pytest.raises(KeyError, match="gone"):
        app.AsyncResult("t2").get(timeout=1)


@pytest.mark.usefixtures("each_cache")
def test_each_cache_keeps_bytes(make_app: Callable[..., Celery]) -> None:
    app = make_app(
        result_backend="djcelery-cache",
        result_serializer="pickle",
        result_accept_content=["pickle"],
    )

    app.backend.store_result("t1", bytes(range(256)), "SUCCESS")

    assert app.AsyncResult("t1").get(timeout=1) == bytes(range(256))


@pytest.mark.usefixtures("each_cache")
@pytest.mark.parametrize(
    "task_id", ["ABC", "abc ", "a b\tc\n", "Zürich", "\0\x7f", "x" * 1_000, "ü" * 200, "\U0001f955"]
)
def test_each_cache_takes_every_task_id(app: Celery, task_id: str) -> None:
    backend = backend_of(app)
    backend.store_result("abc", "another", "SUCCESS")

    backend.store_result(task_id, 1, "SUCCESS")

    assert app.AsyncResult(task_id).get(timeout=1) == 1
    found = {key: meta["result"] for key, meta in backend.get_many([task_id, "abc"], timeout=1)}
    assert found == {task_id: 1, "abc": "another"}


@pytest.mark.usefixtures("each_cache")
@pytest.mark.parametrize(
    "expires", [60, 59.5, timedelta(minutes=1), timedelta(days=31), 40 * 86_400, None, 0]
)
def test_each_cache_keeps_results_as_long_as_is_said(
    make_app: Callable[..., Celery], expires: Any
) -> None:
    app = make_app(result_backend="djcelery-cache", result_expires=expires)

    app.backend.store_result("t1", 1, "SUCCESS")

    assert app.AsyncResult("t1").state == "SUCCESS"


@pytest.mark.redis
@pytest.mark.usefixtures("redis_cache")
@pytest.mark.parametrize(
    ("expires", "seconds"),
    [(60, 60), (0.5, 1), (timedelta(days=31), 31 * 86_400), (None, -1), (0, -1)],
)
def test_a_failure_may_live_longer_than_a_success(
    make_app: Callable[..., Celery],
    seconds_left: Callable[[str], int],
    expires: Any,
    seconds: int,
) -> None:
    app = make_app(
        result_backend="djcelery-cache", result_expires=expires, result_failure_expires=7_200
    )

    app.backend.store_result("t1", 1, "SUCCESS")
    app.backend.store_result("t2", KeyError("gone"), "FAILURE")

    assert seconds_left("celery-task-meta-t1") == seconds
    assert seconds_left("celery-task-meta-t2") == 7_200


@pytest.mark.usefixtures("each_cache")
@pytest.mark.parametrize("later", ["STARTED", "RETRY", "FAILURE", "REVOKED", "SUCCESS"])
def test_each_cache_keeps_a_success_that_a_later_store_would_take_back(
    app: Celery, later: str
) -> None:
    app.backend.store_result("t1", "first", "SUCCESS")

    app.backend.store_result("t1", KeyError("lost"), later)

    assert app.AsyncResult("t1").get(timeout=1) == "first"


@pytest.mark.usefixtures("each_cache")
def test_each_cache_lets_a_success_follow_a_failure(app: Celery) -> None:
    app.backend.store_result("t1", KeyError("lost"), "FAILURE")

    app.backend.store_result("t1", "found", "SUCCESS")

    assert app.AsyncResult("t1").get(timeout=1) == "found"


@pytest.mark.usefixtures("each_cache")
def test_each_cache_gives_up_waiting_when_time_is_up(app: Celery) -> None:
    app.backend.store_result("t1", 1, "SUCCESS")

    with pytest.raises(ResultTimeout):
        app.AsyncResult("absent").get(timeout=0.01)
    with pytest.raises(ResultTimeout):
        list(backend_of(app).get_many(["t1", "absent"], timeout=0.01))


@pytest.mark.usefixtures("each_cache")
def test_each_cache_wakes_who_waits(app: Celery) -> None:
    backend = backend_of(app)

    def store(task_id: str) -> None:  # as soon as somebody has looked in vain
        backend.store_result(task_id, 1, "SUCCESS")

    one = backend.wait_for("t1", timeout=9, interval=0.01, on_interval=lambda: store("t1"))
    (other,) = backend.get_many(["t2"], timeout=9, interval=0.01, on_interval=lambda: store("t2"))

    assert one["result"] == 1
    assert other[1]["result"] == 1


@pytest.mark.usefixtures("each_cache")
def test_each_cache_names_the_task_whose_result_cannot_be_read(app: Celery) -> None:
    app.backend.store_result("t1", 1, "SUCCESS")
    for broken in ("{", '["no", "result"]', b"\x80\x04", 5):
        caches["default"].set("celery-task-meta-t2", broken)

        with pytest.raises(ResultNotDecodable, match="task t2"):
            app.AsyncResult("t2").get(timeout=1)
        with pytest.raises(ResultNotDecodable, match="task t2"):
            list(backend_of(app).get_many(["t1", "t2"], timeout=1))


@pytest.mark.usefixtures("each_cache")
def test_a_task_stores_its_result_over_one_that_cannot_be_read(app: Celery) -> None:
    caches["default"].set("celery-task-meta-t1", "{")

    app.backend.store_result("t1", 1, "SUCCESS")

    assert app.AsyncResult("t1").get(timeout=1) == 1


@pytest.mark.usefixtures("each_cache")
def test_a_pickle_is_not_loaded_unless_it_is_accepted(
    app: Celery, make_app: Callable[..., Celery], tmp_path: Path
) -> None:
    target = tmp_path / "opened"
    caches["default"].set("celery-task-meta-t1", pickle.dumps(Opening(str(target))))

    with pytest.raises(ResultNotDecodable, match="task t1"):
        app.AsyncResult("t1").get(timeout=1)
    strict = make_app(
        result_backend="djcelery-cache", result_serializer="pickle", result_accept_content=["json"]
    )
    with pytest.raises(ResultNotDecodable, match=r"task t1.*CELERY_RESULT_ACCEPT_CONTENT"):
        strict.AsyncResult("t1").get(timeout=1)

    assert not target.exists()


class Opening:
    """Unpickling it makes a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (self.path, "w")


@pytest.mark.usefixtures("each_cache")
def test_a_prefix_keeps_two_projects_apart(make_app: Callable[..., Celery]) -> None:
    options = {"global_keyprefix": "shop"}
    shop = make_app(result_backend="djcelery-cache", result_backend_transport_options=options)
    other = make_app(result_backend="djcelery-cache")

    shop.backend.store_result("t1", 1, "SUCCESS")

    assert "shop_celery-task-meta-t1" in caches["default"]
    assert shop.AsyncResult("t1").state == "SUCCESS"
    assert other.AsyncResult("t1").state == "PENDING"


@pytest.mark.memcached
@pytest.mark.usefixtures("memcached")
@pytest.mark.parametrize("options", [{}, {"ignore_exc": True}])
def test_a_result_that_memcached_does_not_take_makes_the_task_fail(
    make_app: Callable[..., Celery], settings: Settings, options: dict[str, Any]
) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "OPTIONS": options}}
    app = make_app(result_backend="djcelery-cache", task_track_started=True)

    @app.task(shared=False)
    def read_all() -> str:
        return "x" * 2_000_000

    task_id = read_all.apply().id

    result = app.AsyncResult(task_id)
    assert result.state == "FAILURE"
    assert isinstance(result.result, ResultNotStored)
    assert str(result.result).startswith(f"the result of task {task_id} was not stored in")
    assert ": the server refused it." in str(result.result) or ": object too" in str(result.result)
    assert " 2,000," in str(result.result)
    assert "CELERY_RESULT_COMPRESSION" in str(result.result)


@pytest.mark.memcached
@pytest.mark.usefixtures("memcached")
def test_of_a_failure_that_memcached_does_not_take_it_is_kept_that_it_was(
    app: Celery, caplog: pytest.LogCaptureFixture
) -> None:
    app.backend.store_result("t1", KeyError("x" * 2_000_000), "FAILURE", traceback="at line 3")

    assert app.AsyncResult("t1").state == "FAILURE"
    assert isinstance(app.AsyncResult("t1").result, ResultNotStored)
    assert "task t1" in caplog.text


@pytest.mark.memcached
@pytest.mark.usefixtures("memcached")
def test_a_group_that_memcached_does_not_take_is_named(app: Celery) -> None:
    group = GroupResult("g1", [app.AsyncResult(f"{n:036}") for n in range(30_000)], app=app)

    with pytest.raises(ResultNotStored, match="group g1"):
        group.save()


@pytest.mark.memcached
@pytest.mark.usefixtures("memcached")
def test_compression_lets_memcached_take_more(make_app: Callable[..., Celery]) -> None:
    app = make_app(result_backend="djcelery-cache", result_compression="gzip")

    app.backend.store_result("t1", "x" * 2_000_000, "SUCCESS")

    assert len(app.AsyncResult("t1").get(timeout=1)) == 2_000_000


@pytest.mark.usefixtures("narrow_table")
def test_a_result_that_the_database_does_not_take_is_an_error(app: Celery) -> None:
    app.backend.store_result("t1", 1, "STARTED")

    with pytest.raises(ResultNotStored, match="task t1"):
        app.backend.store_result("t1", "x" * 1_000, "SUCCESS")

    assert app.AsyncResult("t1").state == "STARTED"


@pytest.fixture
def narrow_table(settings: Settings, transactional_db: None) -> Iterator[None]:
    """The table of a cache, which takes short values only."""
    name = "djcelery_narrow_cache"
    settings.CACHES = {"default": {"BACKEND": TABLE, "LOCATION": name}}
    printed = StringIO()
    call_command("createcachetable", "--dry-run", stdout=printed)
    statement = printed.getvalue().partition(";")[0]
    narrow = statement.replace("text NOT NULL", "text NOT NULL CHECK (length(value) < 500)")
    with connection.cursor() as cursor:
        cursor.execute(narrow)
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {name}")
