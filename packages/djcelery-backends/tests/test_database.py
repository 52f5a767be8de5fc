"""``DatabaseBackend``, the result backend on the Django ORM, on real rows.

``TaskModel`` and ``TaskSetModel`` can be replaced in a subclass. From the change log: 2.5.0, the
expiry can be an int (also a float, a timedelta or None); 2.1.0, getting a result stores nothing.
"""

from __future__ import annotations

import pickle
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from celery.app.task import Context
from celery.exceptions import Retry, TaskRevokedError, WorkerLostError
from celery.result import AsyncResult, GroupResult, ResultSet
from celery.utils.serialization import UnpickleableExceptionWrapper
from django.core.exceptions import ImproperlyConfigured
from django.db import (
    OperationalError,
    connection,
    connections,
    models,
    transaction,
)
from django.db.models import Value
from django.db.models.functions import Concat
from django.test.utils import CaptureQueriesContext, isolate_apps
from django.utils.connection import ConnectionDoesNotExist
from djcelery_backends.database import DatabaseBackend
from djcelery_backends.errors import TablesMissing
from djcelery_models.errors import ResultNotDecodable, ResultNotEncodable
from djcelery_models.identifier import IdentifierField
from djcelery_models.models import TaskMeta, TaskSetMeta
from djcelery_models.taskmeta import AbstractTaskMeta
from djcelery_models.tasksetmeta import AbstractTaskSetMeta
from kombu.exceptions import EncodeError
from kombu.serialization import register, unregister

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from celery import Celery
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

OLD_META = "eJxrYKotZIzgYGBgSM7IzEkpSs2LLdYDADylBhk="
"""``{"children": []}``, as a compressed pickle."""

JSON = "application/json"
SERIALIZERS = ["json", "pickle"]
SERIALIZERS += ["yaml"] if find_spec("yaml") else []
SERIALIZERS += ["msgpack"] if find_spec("msgpack") else []


def backend_of(app: Celery) -> DatabaseBackend:
    backend = app.backend
    assert isinstance(backend, DatabaseBackend)
    return backend


def statements(queries: CaptureQueriesContext) -> list[str]:
    return [query["sql"].partition(" ")[0] for query in queries]


@pytest.mark.django_db(transaction=True)
def test_a_store_is_one_statement_whether_or_not_the_task_is_known(app: Celery) -> None:
    app.backend.store_result("t0", None, "SUCCESS")

    with CaptureQueriesContext(connection) as queries:
        app.backend.store_result("t1", {"pid": 1}, "STARTED")
        app.backend.store_result("t1", 3, "SUCCESS")

    assert statements(queries) == ["INSERT", "INSERT"]
    assert AsyncResult("t1").get() == 3


@pytest.mark.django_db(transaction=True)
def test_a_look_is_one_statement_and_writes_nothing(app: Celery) -> None:
    with CaptureQueriesContext(connection) as queries:
        state = app.AsyncResult("unknown").state

    assert state == "PENDING"
    assert statements(queries) == ["SELECT"]
    assert not TaskMeta.objects.exists()


def test_a_row_holds_the_result_beside_its_content_type(app: Celery) -> None:
    app.backend.store_result("t1", [1, "two"], "SUCCESS")

    row = TaskMeta.objects.get(task_id="t1")
    assert (row.status, row.result, row.content_type) == (
        "SUCCESS",
        [1, "two"],
        "application/json",
    )
    assert (row.stored_result, row.hidden) == ('[1, "two"]', False)


@pytest.mark.parametrize("serializer", SERIALIZERS)
def test_every_serializer_gives_back_values_and_exceptions(
    serializer: str, make_app: Callable[..., Celery]
) -> None:
    app = make_app(result_serializer=serializer, result_accept_content=[serializer])

    app.backend.store_result("t1", {"a": [1, None, "Zürich"]}, "SUCCESS")
    app.backend.store_result("t2", KeyError("gone"), "FAILURE", traceback="tb")

    assert app.AsyncResult("t1").get() == {"a": [1, None, "Zürich"]}
    assert app.backend.get_traceback("t2") == "tb"
    with pytest.raises(KeyError, match="gone"):
        app.AsyncResult("t2").get()


@pytest.mark.parametrize(
    ("state", "value", "kind"),
    [
        ("RETRY", Retry("later"), Retry),
        ("REVOKED", TaskRevokedError("terminated"), TaskRevokedError),
        ("STARTED", {"pid": 3, "hostname": "web1"}, dict),
        ("PROGRESS", {"done": 3}, dict),
        ("SUCCESS", None, type(None)),
    ],
)
def test_every_state_keeps_its_value(app: Celery, state: str, value: object, kind: type) -> None:
    app.backend.store_result("t1", value, state)

    result = app.AsyncResult("t1")
    assert result.state == state
    assert type(result.result) is kind


def test_the_tasks_that_a_task_sent_are_its_children(app: Celery) -> None:
    request = Context({"id": "t1"})
    sent: list[Any] = request.children
    sent.append(AsyncResult("c1"))

    app.backend.store_result("t1", "parent", "SUCCESS", request=request)

    (child,) = app.AsyncResult("t1").children or []
    assert isinstance(child, AsyncResult)
    assert child.id == "c1"
    assert app.AsyncResult("t1").date_done is not None


def request(task_id: str, *, retries: int = 0) -> Context:
    delivery_info = {"routing_key": "orders", "exchange": ""}
    return Context(
        {
            "id": task_id,
            "task": "shop.add",
            "hostname": "w1@shop",
            "retries": retries,
            "delivery_info": delivery_info,
        }
    )


def test_a_result_tells_its_task_its_worker_its_queue_and_the_retries(app: Celery) -> None:
    app.backend.store_result("t1", 5, "SUCCESS", request=request("t1", retries=2))

    result = app.AsyncResult("t1")
    told = result.name, result.worker, result.queue, result.retries
    assert told == ("shop.add", "w1@shop", "orders", 2)
    row = TaskMeta.objects.get()
    assert (row.name, row.worker, row.queue, row.retries) == told


def test_a_task_that_is_delivered_again_does_not_take_back_its_success(app: Celery) -> None:
    app.backend.store_result("t1", 5, "SUCCESS", request=request("t1"))

    app.backend.store_result("t1", {"pid": 1}, "STARTED", request=request("t1"))
    app.backend.store_result("t1", WorkerLostError("gone"), "FAILURE")

    assert app.AsyncResult("t1").get(timeout=1) == 5


def test_a_task_succeeds_after_its_worker_was_taken_for_lost(app: Celery) -> None:
    app.backend.store_result("t1", WorkerLostError("gone"), "FAILURE")

    app.backend.store_result("t1", 5, "SUCCESS", request=request("t1"))

    assert app.AsyncResult("t1").get(timeout=1) == 5


def test_a_result_that_cannot_be_written_makes_the_task_fail(app: Celery) -> None:
    @app.task(shared=False)
    def unwritable() -> object:
        return object()

    task_id = unwritable.apply().id

    result = app.AsyncResult(task_id)
    assert result.state == "FAILURE"
    assert isinstance(result.result, ResultNotEncodable)
    assert isinstance(result.result, EncodeError)
    assert f"task {task_id} cannot be written as json" in str(result.result)


def test_a_result_that_cannot_be_read_has_a_state_and_an_error(app: Celery) -> None:
    TaskMeta.objects.create(task_id="t1", status="SUCCESS", stored_result="gAJLKi4=")

    result = app.AsyncResult("t1")

    assert result.state == "SUCCESS"
    assert result.traceback is None
    with pytest.raises(ResultNotDecodable, match=r"task t1.*CELERY_RESULT_ACCEPT_CONTENT"):
        result.get(timeout=1)
    with pytest.raises(ResultNotDecodable):
        app.backend.get_result("t1")


def test_children_that_cannot_be_read_do_not_hide_the_result(
    app: Celery, caplog: pytest.LogCaptureFixture
) -> None:
    TaskMeta.objects.create(task_id="t1", status="SUCCESS", stored_meta=OLD_META)

    result = app.AsyncResult("t1")

    assert result.get(timeout=1) is None
    assert result.children is None
    assert "task t1" in caplog.text


def test_arguments_that_cannot_be_written_are_one_text(app: Celery) -> None:
    wrapped = UnpickleableExceptionWrapper("shop", "Refused", (object,), "Refused(<class>)")

    app.backend.store_result("t1", wrapped, "FAILURE")

    error = app.AsyncResult("t1").result
    assert type(error).__name__ == "Refused"
    assert error.args == ("(<class 'object'>,)",)


def test_an_exception_whose_arguments_are_known_is_made_again(
    make_app: Callable[..., Celery],
) -> None:
    app = make_app(result_serializer="pickle", result_accept_content=["pickle"])
    wrapped = UnpickleableExceptionWrapper("shop", "Refused", ("no money",), "Refused")

    app.backend.store_result("t1", wrapped, "FAILURE")

    error = app.AsyncResult("t1").result
    assert (type(error).__name__, error.args) == ("Refused", ("no money",))


@pytest.mark.parametrize("message", ["a\0b", "a\udcffb"], ids=["NUL", "surrogate"])
def test_a_traceback_may_have_characters_that_no_database_takes(app: Celery, message: str) -> None:
    app.backend.store_result("t1", ValueError(message), "FAILURE", traceback=f"raised: {message}")

    result = app.AsyncResult("t1")
    assert isinstance(result.result, ValueError)
    assert str(result.traceback) == f"raised: {message!r}".replace("'", "")


def test_results_of_old_releases_are_read_where_pickle_is_accepted(
    make_app: Callable[..., Celery],
) -> None:
    app = make_app(result_accept_content=["json", "pickle"])
    TaskMeta.objects.create(
        task_id="t1", status="SUCCESS", stored_result="gAJLKi4=", stored_meta=OLD_META
    )

    assert app.AsyncResult("t1").get() == 42
    assert app.AsyncResult("t1").children == []


def test_forgetting_deletes_the_row(app: Celery) -> None:
    app.backend.store_result("t1", 1, "SUCCESS")

    app.AsyncResult("t1").forget()

    assert not TaskMeta.objects.exists()
    assert not backend_of(app).task_result_exists("t1")


def test_a_stored_task_exists_whatever_its_state(app: Celery) -> None:
    app.backend.store_result("t1", None, "PENDING")

    assert backend_of(app).task_result_exists("t1")


@pytest.mark.parametrize("serializer", SERIALIZERS)
def test_a_group_is_saved_restored_and_deleted(
    serializer: str, make_app: Callable[..., Celery]
) -> None:
    app = make_app(result_serializer=serializer, result_accept_content=[serializer])

    @app.task(shared=False)
    def add(x: int, y: int) -> int:
        return x + y

    saved = GroupResult("g1", [AsyncResult(add.apply((n, n)).id) for n in (1, 2)])
    saved.save()

    restored = GroupResult.restore("g1")
    assert isinstance(restored, GroupResult)
    assert backend_of(app).restore_group("g1", cache=False) == restored
    assert restored.join(timeout=1) == [2, 4]
    saved.save()  # a second time is no error
    restored.delete()
    assert GroupResult.restore("g1") is None
    assert not TaskSetMeta.objects.exists()


@pytest.mark.parametrize(
    ("expires", "seconds"),
    [(3600, 3600), (0.5, 0.5), (timedelta(hours=1), 3600), (None, None), (0, 0)],
)
def test_results_expire_after_seconds_or_a_timedelta_or_never(
    make_app: Callable[..., Celery], expires: Any, seconds: float | None
) -> None:
    app = make_app(result_expires=expires)
    for number in (1, 2):
        app.backend.store_result(f"t{number}", 1, "SUCCESS")
    GroupResult("g1", []).save()
    long_ago = datetime.now(UTC) - timedelta(days=3)
    TaskMeta.objects.filter(task_id="t1").update(stored_at=long_ago)
    TaskSetMeta.objects.update(stored_at=long_ago)

    app.backend.cleanup()

    assert backend_of(app).expires == seconds
    assert backend_of(app).task_result_exists("t1") is not bool(seconds)
    assert TaskSetMeta.objects.exists() is not bool(seconds)


@pytest.mark.parametrize("expires", [10**12, timedelta.max])
def test_what_expires_after_the_end_of_time_stays(
    make_app: Callable[..., Celery], expires: Any
) -> None:
    app = make_app(result_expires=expires, result_chord_expires=expires)
    app.backend.store_result("t1", 1, "SUCCESS")

    app.backend.cleanup()

    assert backend_of(app).task_result_exists("t1")


@pytest.mark.parametrize("name", ["djcelery-database", "djcelery-cache"])
@pytest.mark.parametrize(
    "wrong", ["3600", -5, timedelta(-1), True, float("nan"), float("inf")], ids=repr
)
@pytest.mark.parametrize("setting", ["result_expires", "result_chord_expires"])
def test_what_is_no_age_is_named(
    make_app: Callable[..., Celery], name: str, setting: str, wrong: Any
) -> None:
    app = make_app(result_backend=name, **{setting: wrong})

    with pytest.raises(ImproperlyConfigured) as raised:
        _ = app.backend

    assert str(raised.value) == (
        f"CELERY_{setting.upper()} is {wrong!r}; it must be a number of seconds or a timedelta, "
        f"or None or 0 to keep results for ever."
    )


def test_a_fresh_result_outlives_the_cleanup(make_app: Callable[..., Celery]) -> None:
    app = make_app(result_expires=3600)
    app.backend.store_result("t1", 1, "SUCCESS")

    app.backend.cleanup()

    assert backend_of(app).task_result_exists("t1")


@pytest.mark.parametrize(
    "name",
    ["djcelery-database", "djcelery-database://", "djcelery_backends.database:DatabaseBackend"],
)
def test_the_backend_is_found_by_each_of_its_names(
    name: str, make_app: Callable[..., Celery]
) -> None:
    assert type(make_app(result_backend=name).backend) is DatabaseBackend


def test_a_pickled_backend_is_one_of_the_current_app(app: Celery) -> None:
    before = DatabaseBackend(app, expires=7, url="djcelery-database://")

    after = pickle.loads(pickle.dumps(before))

    assert type(after) is DatabaseBackend
    assert (after.app, after.expires, after.url) == (app, 7, "djcelery-database://")


class NeverNull(IdentifierField):
    """Stores None as no text at all."""

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value("" if value is None else value)


def make_model(table: str) -> Any:
    class KeptTask(AbstractTaskMeta):
        id = models.UUIDField(primary_key=True, default=uuid4)  # type: ignore[assignment]  # a key of its own
        source = models.CharField(max_length=9, default="web")
        note = models.CharField(max_length=9, db_default="none")
        made_at = models.DateTimeField(auto_now_add=True)
        remark = NeverNull(default=None)
        doubled = models.GeneratedField(
            expression=Concat("source", Value("!")),
            output_field=models.CharField(max_length=99),
            db_persist=True,
        )

        class Meta:
            app_label = "djcelery"
            db_table = table

    return KeptTask


def test_a_backend_may_be_given_another_serializer(app: Celery) -> None:
    backend = DatabaseBackend(app)
    backend.serializer = "pickle"

    backend.store_result("t1", {"total": 3}, "SUCCESS")

    assert TaskMeta.objects.get().content_type == "application/x-python-serialize"


def make_group_model(table: str) -> Any:
    class KeptGroup(AbstractTaskSetMeta):
        class Meta:
            app_label = "djcelery"
            db_table = table

    return KeptGroup


def make_backend(app: Celery, model: Any, group_model: Any = TaskSetMeta) -> DatabaseBackend:
    class KeepingBackend(DatabaseBackend):
        TaskModel = model
        TaskSetModel = group_model

    return KeepingBackend(app)


@contextmanager
def table_of(model: Any) -> Iterator[None]:
    with connection.schema_editor() as editor:
        editor.create_model(model)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(model)


@pytest.mark.django_db(transaction=True)
@isolate_apps("djcelery_models")
def test_a_subclass_may_keep_results_in_a_task_model_of_its_own(app: Celery) -> None:
    model = make_model("kept_tasks")
    backend = make_backend(app, model)

    with table_of(model):
        backend.store_result("t1", {"total": 3}, "SUCCESS")

        assert backend.get_task_meta("t1")["result"] == {"total": 3}
        row = model.objects.get()
        assert (row.source, row.note, row.doubled, row.remark) == ("web", "none", "web!", "")
        assert abs(row.made_at - row.date_done) < timedelta(minutes=1)
        assert not TaskMeta.objects.exists()


@pytest.mark.django_db(transaction=True)
@isolate_apps("djcelery_models")
def test_a_store_leaves_the_columns_that_a_subclass_has_added(app: Celery) -> None:
    model = make_model("kept_tasks")
    backend = make_backend(app, model)

    with table_of(model):
        backend.store_result("t1", None, "STARTED")
        model.objects.update(source="api", note="mine")

        backend.store_result("t1", 5, "SUCCESS")

        row = model.objects.get()
        assert (row.result, row.source, row.note) == (5, "api", "mine")


@isolate_apps("djcelery_models")
def test_a_proxy_keeps_its_results_in_the_table_it_stands_for(app: Celery) -> None:
    class Proxy(TaskMeta):
        class Meta:
            app_label = "djcelery"
            proxy = True

    make_backend(app, Proxy).store_result("t1", 5, "SUCCESS")

    assert TaskMeta.objects.get().result == 5


@pytest.mark.django_db(transaction=True)
@isolate_apps("djcelery_models")
def test_a_subclass_may_keep_groups_in_a_task_set_model_of_its_own(app: Celery) -> None:
    model = make_group_model("kept_groups")
    backend = make_backend(app, TaskMeta, model)
    group = GroupResult("g1", [AsyncResult("t1")])

    with table_of(model):
        backend.save_group("g1", group)

        assert backend.restore_group("g1") == group
        assert model.objects.get().taskset_id == "g1"
        assert not TaskSetMeta.objects.exists()
        backend.delete_group("g1")
        assert not model.objects.exists()


def uses_of(backend: DatabaseBackend) -> list[Callable[[], object]]:
    group = GroupResult("g1", [AsyncResult("t1")])
    return [
        lambda: backend.store_result("t1", 1, "SUCCESS"),
        lambda: backend.get_task_meta("t1", cache=False),
        lambda: backend.task_result_exists("t1"),
        lambda: backend.forget("t1"),
        lambda: backend.save_group("g1", group),
        lambda: backend.restore_group("g1", cache=False),
        lambda: backend.delete_group("g1"),
        backend.cleanup,
    ]


class Router:
    """Reads from one database and writes to another."""

    def __init__(self, *, read: str, write: str) -> None:
        self.db_for_read = lambda *_args, **_hints: read
        self.db_for_write = lambda *_args, **_hints: write


def test_results_are_read_where_they_are_written_not_from_a_replica(
    app: Celery, settings: Settings
) -> None:
    settings.DATABASE_ROUTERS = [Router(read="replica", write="default")]

    for use in uses_of(backend_of(app)):
        use()


def test_results_go_where_the_router_sends_what_is_written(app: Celery, settings: Settings) -> None:
    settings.DATABASE_ROUTERS = [Router(read="default", write="results")]

    for use in uses_of(backend_of(app)):
        with pytest.raises(ConnectionDoesNotExist, match="'results' doesn't exist"):
            use()


def test_a_missing_table_in_another_database_names_that_too() -> None:
    assert "`manage.py migrate djcelery`" in str(TablesMissing("default", "no such table"))
    wanted = "`manage.py migrate djcelery --database=results`"
    assert wanted in str(TablesMissing("results", "no such table"))


@isolate_apps("djcelery_models")
def test_a_missing_table_names_the_command_that_makes_it(app: Celery) -> None:
    backend = make_backend(app, make_model("never_made"))

    for use in (
        lambda: backend.store_result("t1", 1, "SUCCESS"),
        lambda: backend.get_task_meta("t1"),
        lambda: backend.forget("t1"),
        backend.cleanup,
    ):
        with (
            pytest.raises(TablesMissing, match=r"never_made.*`manage.py migrate djcelery`"),
            transaction.atomic(),
        ):
            use()


@isolate_apps("djcelery_models")
def test_a_missing_column_names_the_command_that_adds_it(app: Celery) -> None:
    backend = make_backend(app, make_model(TaskMeta._meta.db_table))

    for use in (
        lambda: backend.store_result("t1", 1, "SUCCESS"),
        lambda: backend.get_task_meta("t1"),
    ):
        with (
            pytest.raises(TablesMissing, match=r"source.*`manage.py migrate djcelery`"),
            transaction.atomic(),
        ):
            use()


@isolate_apps("djcelery_models")
def test_a_model_with_a_second_table_is_refused(app: Celery) -> None:
    class KeptTask(TaskMeta):
        class Meta:
            app_label = "djcelery"

    with pytest.raises(ImproperlyConfigured, match=r"KeptTask.*AbstractTaskMeta"):
        make_backend(app, KeptTask)


@isolate_apps()
def test_an_app_that_is_not_installed_is_named(app: Celery) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"'djcelery_backends'.*INSTALLED_APPS"):
        make_backend(app, make_model("kept_tasks"))


def test_an_unknown_serializer_is_named(make_app: Callable[..., Celery]) -> None:
    app = make_app(result_serializer="jason")

    with pytest.raises(ImproperlyConfigured, match="CELERY_RESULT_SERIALIZER is 'jason'"):
        app.backend.store_result("t1", 1, "SUCCESS")


@pytest.mark.parametrize("backend", ["djcelery-database", "djcelery-cache"])
def test_what_a_serializer_needs_is_named(backend: str, make_app: Callable[..., Celery]) -> None:
    register("halved", None, str, "application/x-halved")
    app = make_app(result_backend=backend, result_serializer="halved")
    try:
        with pytest.raises(ImproperlyConfigured, match=r"'halved'.*pip install 'celery\[halved\]'"):
            app.backend.store_result("t1", 1, "SUCCESS")
    finally:
        unregister("halved")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_result_is_stored_though_postgresql_has_ended_the_connection(app: Celery) -> None:
    end_connection("SELECT pg_backend_pid()", "SELECT pg_terminate_backend(%s, 5000)")

    app.backend.store_result("t1", 3, "SUCCESS")

    assert AsyncResult("t1").get() == 3


@pytest.mark.mariadb
@pytest.mark.django_db(transaction=True)
def test_a_result_is_stored_though_mariadb_has_ended_the_connection(app: Celery) -> None:
    end_connection("SELECT CONNECTION_ID()", "KILL %s")

    app.backend.store_result("t1", 3, "SUCCESS")

    assert AsyncResult("t1").get() == 3


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_lost_transaction_is_never_passed_over(app: Celery) -> None:
    transaction.set_autocommit(False)
    try:
        TaskMeta.objects.create(task_id="of the caller")
        end_connection("SELECT pg_backend_pid()", "SELECT pg_terminate_backend(%s, 5000)")

        with pytest.raises(OperationalError):
            app.backend.store_result("t1", 3, "SUCCESS")
    finally:
        connection.close()
        transaction.set_autocommit(True)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_pool_of_lost_connections_is_mended(app: Celery) -> None:
    pooled: Any = connection.copy()
    pooled.settings_dict = {**connection.settings_dict, "OPTIONS": {"pool": {"min_size": 2}}}
    usual, connections["default"] = connections["default"], pooled
    try:
        app.backend.store_result("t1", 1, "STARTED")
        with usual.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

        app.backend.store_result("t1", 3, "SUCCESS")
    finally:
        pooled.close()
        pooled.close_pool()
        connections["default"] = usual

    assert AsyncResult("t1").get() == 3


def end_connection(ask: str, end: str) -> None:
    """Have the server end the connection of this thread, from another one."""
    with connection.cursor() as cursor:
        cursor.execute(ask)
        (number,) = cursor.fetchone()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute(end, [number])
    other.close()


def test_the_banner_of_a_worker_names_the_backend(app: Celery) -> None:
    assert app.backend.as_uri() == "djcelery-database"


def test_a_group_is_joined_at_once_where_members_ignore_their_result(app: Celery) -> None:
    app.backend.store_result("t1", 1, "SUCCESS")
    ignored: Any = AsyncResult("t2")
    ignored.ignored = True

    assert ResultSet([AsyncResult("t1"), ignored], app=app).get(timeout=5) == [1, None]


def a_thousand(app: Celery) -> ResultSet:
    """Results that are all stored."""
    ids = [str(uuid4()) for _ in range(1000)]
    TaskMeta.objects.bulk_create(
        TaskMeta(task_id=one, status="SUCCESS", stored_result="1", content_type=JSON) for one in ids
    )
    return ResultSet([app.AsyncResult(one) for one in ids], app=app)


def test_results_that_are_held_cost_later_ones_nothing(app: Celery) -> None:
    held = [a_thousand(app) for _ in range(4)]

    for results in held:
        with CaptureQueriesContext(connection) as queries:
            results.join()

        assert len(queries) <= 2


@pytest.mark.parametrize("how", ["get", "join", "ready", "completed_count", "successful"])
def test_a_thousand_results_that_are_ready_take_two_statements(app: Celery, how: str) -> None:
    results = a_thousand(app)

    with CaptureQueriesContext(connection) as queries:
        getattr(results, how)()

    assert len(queries) <= 2
