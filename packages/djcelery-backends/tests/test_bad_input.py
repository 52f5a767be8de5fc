"""What cannot be stored or read: each with its exact message, and nothing lost that can be kept."""

from __future__ import annotations

import logging
import pickle
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest
from celery import shared_task
from celery.app.task import Context
from celery.result import AsyncResult
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from djcelery_backends import connection as connections_of_results
from djcelery_backends.connection import own_connection, worker_begins
from djcelery_backends.errors import NotStorable, ResultTooLarge
from djcelery_models.errors import ResultNotDecodable, ResultNotEncodable
from djcelery_models.models import TaskMeta
from djcelery_models.upsert import upsert_statement
from kombu.serialization import register, unregister

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from celery import Celery

pytestmark = pytest.mark.django_db(transaction=True)

EXECUTED: list[str] = []


class Hostile:
    """A pickle that runs code when it is loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return EXECUTED.append, ("code",)


@pytest.fixture
def in_worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Store as a worker does, over a connection of its own where there can be one."""
    monkeypatch.setattr(connections_of_results, "_worker", {"is_running": False})
    worker_begins()
    yield
    own = own_connection("default")
    if own is not None:
        own.close()


@pytest.fixture
def nul_serializer() -> Iterator[str]:
    register("nul", lambda value: f"\0{value}", lambda text: text, "text/x-nul")
    yield "nul"
    unregister("nul")


@pytest.mark.parametrize("value", [object(), {1, 2, object()}, lambda: None])
def test_a_value_that_no_serializer_knows(app: Celery, value: object) -> None:
    with pytest.raises(ResultNotEncodable, match="the result of task t1 cannot be written as json"):
        app.backend.store_result("t1", value, "SUCCESS")

    assert not TaskMeta.objects.exists()


def test_a_task_whose_result_cannot_be_written_has_failed(app: Celery) -> None:
    @shared_task(name="tests.returns_an_object")
    def returns_an_object() -> object:
        return object()

    result = returns_an_object.apply(task_id="t1")

    assert result.state == "FAILURE"
    assert isinstance(AsyncResult("t1").result, ResultNotEncodable)


def test_text_that_not_every_database_takes(
    make_app: Callable[..., Celery], nul_serializer: str
) -> None:
    app = make_app(result_serializer=nul_serializer, result_accept_content=[nul_serializer])

    with pytest.raises(ResultNotEncodable) as raised:
        app.backend.store_result("t1", "x", "SUCCESS")

    assert str(raised.value) == (
        "the result of task t1 cannot be written as nul: its text has a NUL or half of a surrogate "
        "pair, which no database takes for sure. Give a value that nul knows, or set another "
        "CELERY_RESULT_SERIALIZER"
    )


@pytest.mark.parametrize("value", ["a\0b", {"a\0": "\0"}, "\ud800", "\U0001f680"])
def test_json_writes_every_text_as_every_database_takes_it(app: Celery, value: object) -> None:
    app.backend.store_result("t1", value, "SUCCESS")

    assert AsyncResult("t1").get() == value


def test_a_traceback_and_names_with_what_no_database_takes(app: Celery) -> None:
    request = Context(task="shop.\0add", hostname="w\ud800", id="t1")

    app.backend.store_result("t1", ValueError("no"), "FAILURE", traceback="a\0b", request=request)

    row = TaskMeta.objects.get()
    assert (row.traceback, row.name, row.worker) == ("a\\x00b", "shop.\\x00add", "w\\ud800")


def test_a_task_id_that_is_too_long_is_refused_before_the_task_is_sent(app: Celery) -> None:
    with pytest.raises(NotStorable) as raised:
        app.send_task("shop.add", task_id="a" * 300)

    assert str(raised.value) == (
        f"results cannot be stored for the task id '{'a' * 60}…': it has 300 characters, and at "
        f"most 255 can be stored"
    )
    with pytest.raises(NotStorable):
        app.backend.store_result("a" * 256, 1, "SUCCESS")


@pytest.mark.parametrize(
    ("task_id", "state", "message"),
    [
        (
            5,
            "SUCCESS",
            "results cannot be stored for the task id '5': it is of type int: give a str",
        ),
        ("a\0", "SUCCESS", "results cannot be stored for the task id 'a\\x00': it has a NUL, "),
        (
            "a\ud800",
            "SUCCESS",
            "results cannot be stored for the task id 'a\\ud800': it has half of a surrogate pair",
        ),
        ("t1", "S" * 51, f"results cannot be stored for the state '{'S' * 51}': it has 51 char"),
    ],
)
def test_ids_and_states_that_no_column_holds(
    app: Celery, task_id: Any, state: str, message: str
) -> None:
    with pytest.raises(NotStorable) as raised:
        app.backend.store_result(task_id, 1, state)

    assert str(raised.value).startswith(message)


def test_the_longest_names_are_kept_and_longer_ones_cut(app: Celery) -> None:
    request = Context(task="ü" * 255, hostname="w" * 300, id="🚀" * 255)

    app.backend.store_result("🚀" * 255, 1, "SUCCESS", request=request)

    row = TaskMeta.objects.get()
    assert (row.task_id, row.name) == ("🚀" * 255, "ü" * 255)
    assert row.worker == "w" * 254 + "…"


@pytest.mark.mariadb
@pytest.mark.usefixtures("in_worker")
def test_a_result_larger_than_the_packets_of_mariadb(app: Celery) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@max_allowed_packet")
        (limit,) = cursor.fetchone()

    with pytest.raises(ResultTooLarge) as raised:
        app.backend.store_result("t1", "x" * limit, "SUCCESS")

    assert str(raised.value).startswith(
        "the result of task t1 was not stored in database 'default': it has "
    )
    assert f"and the server takes {limit:,} (max_allowed_packet)" in str(raised.value)


@pytest.mark.mariadb
@pytest.mark.usefixtures("in_worker")
def test_a_failure_larger_than_the_packets_of_mariadb_is_a_failure(app: Celery) -> None:
    app.backend.store_result("t1", ValueError("x" * 20_000_000), "FAILURE", traceback="told")

    assert AsyncResult("t1").state == "FAILURE"
    assert isinstance(AsyncResult("t1").result, ResultTooLarge)


class Operator(logging.Handler):
    """Starts the database again once it is told that something could not be stored."""

    def __init__(self, port: object) -> None:
        super().__init__()
        self.port = port

    def emit(self, _record: logging.LogRecord) -> None:
        connection.settings_dict["PORT"] = self.port


@pytest.mark.mariadb
@pytest.mark.usefixtures("in_worker")
def test_the_first_store_of_a_process_waits_for_mariadb_too(app: Celery) -> None:
    own_connection("default")
    logger = logging.getLogger("djcelery_backends.retrying")
    operator = Operator(connection.settings_dict["PORT"])
    logger.addHandler(operator)
    connection.close()
    for known in ("mysql_server_data", "mysql_server_info", "mysql_is_mariadb"):  # not yet
        vars(connections["default"]).pop(known, None)
    upsert_statement.cache_clear()
    connection.settings_dict["PORT"] = 1

    app.backend.store_result("t1", 7, "SUCCESS")

    logger.removeHandler(operator)
    assert connection.settings_dict["PORT"] == operator.port
    assert AsyncResult("t1").get() == 7


def test_a_hostile_pickle_is_not_loaded(app: Celery) -> None:
    text = b64encode(pickle.dumps(Hostile())).decode()
    for task_id, content_type in (("new", "application/x-python-serialize"), ("old", None)):
        TaskMeta.objects.create(
            task_id=task_id,
            status="SUCCESS",
            stored_result=text,
            content_type=content_type,
            content_encoding=content_type and "binary",
        )

    for task_id in ("new", "old"):
        assert AsyncResult(task_id).state == "SUCCESS"
        with pytest.raises(ResultNotDecodable, match="is not accepted here"):
            AsyncResult(task_id).get()

    assert EXECUTED == []


def test_reading_an_id_that_no_column_holds_finds_and_writes_nothing(app: Celery) -> None:
    with CaptureQueriesContext(connection) as queries:
        state = AsyncResult("a" * 300).state

    assert (state, [query["sql"][:6] for query in queries]) == ("PENDING", ["SELECT"])
