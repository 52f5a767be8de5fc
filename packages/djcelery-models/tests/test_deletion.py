"""Rows are deleted in short transactions, on the way along an index."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, connections, models, transaction
from django.db.models import Q
from django.db.models.signals import post_delete, pre_delete
from django.test.utils import CaptureQueriesContext, isolate_apps
from djcelery_models import deletion
from djcelery_models.deletion import Stretch, count, delete, windows
from djcelery_models.models import TaskMeta
from djcelery_models.taskmeta import AbstractTaskMeta
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)


def make_rows(moments: list[int], *, using: str = "default", **fields: Any) -> None:
    """Rows stored so many seconds after ``START``."""
    rows = TaskMeta.objects.using(using)
    first = rows.count()
    made = [TaskMeta(task_id=f"t{first + n}", **fields) for n, _moment in enumerate(moments)]
    with transaction.atomic(using=using):
        rows.bulk_create(made)
        for row, moment in zip(made, moments, strict=True):
            stored_at = START + timedelta(seconds=moment)
            rows.filter(task_id=row.task_id).update(stored_at=stored_at)


def make_stretch(goes: Q | None = None, *, using: str = "default") -> Stretch:
    before = START + timedelta(days=1)
    rows = TaskMeta.objects.using(using).filter(stored_at__lt=before)
    return Stretch(rows=rows, by="stored_at", goes=goes or Q())


def written(queries: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in queries if query["sql"].startswith(("DELETE", "UPDATE"))]


@pytest.fixture
def database(scratch_database: Callable[[str], str]) -> str:
    """A database that several connections can use, on SQLite too, and outside a transaction."""
    alias = scratch_database(connection.vendor)
    call_command("migrate", database=alias, verbosity=0)
    return alias


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """The ids of the tasks whose rows were announced, before and after they went."""
    ids: list[str] = []

    def hear(instance: TaskMeta, **_kwargs: object) -> None:
        ids.append(instance.task_id)

    pre_delete.connect(hear, sender=TaskMeta)
    post_delete.connect(hear, sender=TaskMeta)
    yield ids
    pre_delete.disconnect(hear, sender=TaskMeta)
    post_delete.disconnect(hear, sender=TaskMeta)


def test_a_batch_is_one_statement_and_loads_no_row() -> None:
    make_rows([1, 2, 3, 4, 5])

    with CaptureQueriesContext(connection) as queries:
        batches = list(delete(make_stretch(), largest=2))

    assert batches == [2, 2, 1]
    assert len(written(queries)) == 3
    assert not [query for query in queries if "task_id" in query["sql"]]
    assert not TaskMeta.objects.exists()


def test_rows_that_do_not_go_stay() -> None:
    make_rows([1, 2, 3], status="FAILURE")
    make_rows([1, 2, 3], status="SUCCESS")
    stretch = make_stretch(Q(status="SUCCESS"))

    counted, deleted = count(stretch), sum(delete(stretch, largest=2))

    assert counted == deleted == 3
    assert set(TaskMeta.objects.values_list("status", flat=True)) == {"FAILURE"}


def test_rows_stored_at_one_moment_are_divided_too() -> None:
    make_rows([7] * 9)

    assert max(delete(make_stretch(), largest=2)) == 2

    assert not TaskMeta.objects.exists()


@given(moments=st.lists(st.integers(0, 4), max_size=20), size=st.integers(1, 6))
@settings(deadline=None, max_examples=40)
def test_each_row_is_in_one_window_none_of_which_is_too_large(
    moments: list[int], size: int
) -> None:
    TaskMeta.objects.all().delete()
    make_rows(moments)
    stretch = make_stretch()

    found = [list(window) for window in windows(stretch.rows, stretch.by, lambda: size)]

    assert max(map(len, found)) <= size
    seen = [row for window in found for row in window]
    assert sorted(row.pk for row in seen) == sorted(row.pk for row in stretch.rows)
    assert [row.stored_at for row in seen] == sorted(row.stored_at for row in seen)


def test_where_somebody_listens_each_row_is_announced_and_goes(heard: list[str]) -> None:
    make_rows(list(range(25)))

    batches = list(delete(make_stretch(), largest=15))

    assert batches[0] == deletion.FIRST_LOADED
    assert (sum(batches), max(batches) <= 15) == (25, True)
    assert sorted(heard) == sorted([f"t{n}" for n in range(25)] * 2)
    assert not TaskMeta.objects.exists()


def test_no_more_rows_are_loaded_than_one_batch_has(heard: list[str]) -> None:
    make_rows(list(range(25)))

    with CaptureQueriesContext(connection) as queries:
        list(delete(make_stretch(), largest=12))

    loads = [query["sql"] for query in queries if '"task_id"' in query["sql"].replace("`", '"')]
    assert loads
    assert all("LIMIT 10" in sql or "LIMIT 12" in sql for sql in loads)


@pytest.mark.usefixtures("heard")
def test_a_batch_that_is_announced_goes_in_one_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    """Django's collector takes one for each hundred rows."""
    monkeypatch.setattr(deletion, "FIRST_LOADED", 150)
    make_rows([1] * 150)

    with CaptureQueriesContext(connection) as queries:
        batches = [number for number in delete(make_stretch()) if number]

    assert batches == [150]
    assert len([sql for sql in written(queries) if sql.startswith("DELETE")]) == 1


def test_a_receiver_is_told_what_django_tells_it() -> None:
    make_rows([1])
    told: list[dict[str, Any]] = []

    def receive(**kwargs: Any) -> None:
        told.append(kwargs)

    post_delete.connect(receive, sender=TaskMeta)
    try:
        list(delete(make_stretch()))
        TaskMeta.objects.create(task_id="t2").delete()
    finally:
        post_delete.disconnect(receive, sender=TaskMeta)

    ours, django_s = told
    assert set(ours) == set(django_s)
    assert (ours["using"], ours["instance"].task_id) == (django_s["using"], "t0")
    assert ours["origin"].model is TaskMeta


@isolate_apps("djcelery_models")
@pytest.mark.django_db(transaction=True)
def test_keys_of_any_type_are_deleted_after_they_were_announced() -> None:
    class NumberedTask(AbstractTaskMeta):
        id = models.UUIDField(primary_key=True, default=uuid4)  # type: ignore[assignment]  # as a project may

        class Meta:
            app_label = "djcelery"
            db_table = "numbered_tasks"

    announced: list[UUID] = []

    def receive(instance: Any, **_kwargs: object) -> None:
        announced.append(instance.pk)

    with connection.schema_editor() as editor:
        editor.create_model(NumberedTask)
    pre_delete.connect(receive, sender=NumberedTask)
    try:
        made = [NumberedTask.objects.create(task_id=f"t{number}").pk for number in range(3)]
        rows = NumberedTask.objects.using("default").all()

        assert sum(delete(Stretch(rows=rows, by="pk"))) == 3
        assert not rows.exists()
        assert sorted(announced) == sorted(made)
    finally:
        pre_delete.disconnect(receive, sender=NumberedTask)
        with connection.schema_editor() as editor:
            editor.delete_model(NumberedTask)


@isolate_apps("djcelery_models")
@pytest.mark.django_db(transaction=True)
def test_rows_that_refer_to_results_go_with_them_and_are_not_counted() -> None:
    class KeptTask(AbstractTaskMeta):
        class Meta:
            app_label = "djcelery"
            db_table = "kept_tasks"

    class Note(models.Model):  # noqa: DJ008  # never shown
        task = models.ForeignKey(KeptTask, models.CASCADE)

        class Meta:
            app_label = "djcelery"
            db_table = "notes"

    with connection.schema_editor() as editor:
        editor.create_model(KeptTask)
        editor.create_model(Note)
    try:
        Note._default_manager.create(task=KeptTask.objects.create(task_id="t1"))
        rows = KeptTask.objects.using("default").all()

        assert sum(delete(Stretch(rows=rows, by="pk"))) == 1
        assert not Note._default_manager.exists()
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(Note)
            editor.delete_model(KeptTask)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_heard", [False, True])
def test_workers_store_meanwhile_and_nothing_of_theirs_is_lost(
    is_heard: bool, database: str, request: pytest.FixtureRequest
) -> None:
    """One stores new results, and old ones once more, half of the time."""
    if is_heard:
        request.getfixturevalue("heard")
    make_rows(list(range(200)), using=database)
    stored: list[str] = []
    has_begun, is_enough = Event(), Event()
    storing = Thread(target=store, args=(database, stored, has_begun, is_enough))

    storing.start()
    has_begun.wait()
    deleted = sum(delete(make_stretch(using=database), largest=20))
    is_enough.set()
    storing.join()

    left = set(TaskMeta.objects.using(database).values_list("task_id", flat=True))
    assert left == set(stored)
    assert deleted > 0


def store(database: str, stored: list[str], has_begun: Event, is_enough: Event) -> None:
    results = TaskMeta.objects.db_manager(database)
    try:
        while not is_enough.is_set():
            number, began = len(stored), time.monotonic()
            task_id = f"new{number}" if number % 2 else f"t{199 - number % 200}"
            results.store_result(task_id, number, "SUCCESS")
            stored.append(task_id)
            has_begun.set()
            is_enough.wait(time.monotonic() - began)  # or SQLite never lets the others write
    finally:
        connections[database].close()


def hold_writes(database: str) -> Any:
    """A connection of its own that lets nobody else write, to SQLite; for that it does not wait."""
    other: Any = connections[database].copy()
    other.settings_dict = {**other.settings_dict, "OPTIONS": {"timeout": 0}}
    try:
        other.cursor().execute("BEGIN IMMEDIATE")
    except OperationalError:
        other.close()
        raise
    return other


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="the others lock rows")
def test_on_sqlite_nobody_stores_while_receivers_look_at_the_rows(database: str) -> None:
    make_rows([1], using=database)
    refused: list[str] = []

    def receive(**_kwargs: object) -> None:
        with pytest.raises(OperationalError) as raised:
            hold_writes(database)
        refused.append(str(raised.value))

    pre_delete.connect(receive, sender=TaskMeta)
    try:
        assert sum(delete(make_stretch(using=database))) == 1
    finally:
        pre_delete.disconnect(receive, sender=TaskMeta)

    assert refused == ["database is locked"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="the others lock rows")
def test_a_batch_that_another_writer_kept_out_is_tried_again(database: str) -> None:
    make_rows([1], using=database)
    connections[database].close()
    connections[database].settings_dict["OPTIONS"] = {"timeout": 0}
    refused: list[str] = []

    def release(execute: Any, sql: str, *arguments: Any) -> Any:
        try:
            return execute(sql, *arguments)
        except OperationalError:
            refused.append(sql.partition(" ")[0])
            other.rollback()
            raise

    with (
        closing(hold_writes(database)) as other,
        connections[database].execute_wrapper(release),
    ):
        assert sum(delete(make_stretch(using=database))) == 1

    assert refused == ["DELETE"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="the others lock rows")
def test_on_sqlite_others_get_to_write_after_each_batch(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_rows([1, 2, 3], using=database)
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)

    batches = list(delete(make_stretch(using=database), largest=1))

    assert len(pauses) == len(batches) == 3
    assert min(pauses) > 0
