"""The documented managers of results.

``ResultManager``: ``get_all_expired``, ``delete_expired``, with an expiry as int, float, timedelta
or None (2.5.0: the expiry of results can be an int); rows left ``hidden`` are purged too.
``TaskManager``: ``get_task``, ``store_result``, ``warn_if_repeatable_read``, and 2.1.0: getting a
result no longer stores one, polling under REPEATABLE READ is warned of.
``TaskSetManager``: ``restore_taskset``, ``delete_taskset``, ``store_result``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from celery.result import AsyncResult, GroupResult
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.signals import pre_delete
from django.utils import timezone
from djcelery_models import taskmanagers
from djcelery_models.errors import ResultNotEncodable
from djcelery_models.models import TaskMeta, TaskSetMeta
from djcelery_models.transactions import TxIsolationWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django import Settings

pytestmark = pytest.mark.django_db


def make_row(task_id: str, *, age: timedelta = timedelta(0), hidden: bool = False) -> TaskMeta:
    row = TaskMeta.objects.create(task_id=task_id, hidden=hidden)
    TaskMeta.objects.filter(pk=row.pk).update(stored_at=datetime.now(UTC) - age)
    return row


def make_old_row(task_id: str, *, age: timedelta) -> TaskMeta:
    """A row of an old release, which tells its age by ``date_done`` alone."""
    row = TaskMeta.objects.create(task_id=task_id)
    TaskMeta.objects.filter(pk=row.pk).update(stored_at=None, date_done=timezone.now() - age)
    return row


def ids() -> list[str]:
    return list(TaskMeta.objects.order_by("task_id").values_list("task_id", flat=True))


def test_an_unknown_task_is_pending_and_nothing_is_written() -> None:
    row = TaskMeta.objects.get_task("t1")

    assert (row.task_id, row.status) == ("t1", "PENDING")
    assert row.pk is None
    assert ids() == []


def test_a_result_is_stored_and_found() -> None:
    stored = TaskMeta.objects.store_result(
        "t1", {"total": 3}, "SUCCESS", traceback="tb", children=[(("c1", None), None)]
    )

    row = TaskMeta.objects.get_task("t1")
    assert row == stored
    assert (row.result, row.status, row.traceback) == ({"total": 3}, "SUCCESS", "tb")
    assert row.to_dict()["children"] == [[["c1", None], None]]


def test_a_later_result_replaces_the_one_before() -> None:
    first = TaskMeta.objects.store_result("t1", {"done": 1}, "PROGRESS", traceback="tb")

    last = TaskMeta.objects.store_result("t1", "all", "SUCCESS")

    assert last.pk == first.pk
    assert (last.result, last.status, last.traceback) == ("all", "SUCCESS", None)


def test_ids_that_differ_in_case_are_two_tasks() -> None:
    TaskMeta.objects.store_result("ABC", 1, "SUCCESS")
    TaskMeta.objects.store_result("abc", 2, "SUCCESS")

    assert TaskMeta.objects.get_task("ABC").result == 1
    assert TaskMeta.objects.get_task("abc").result == 2


def test_a_result_that_cannot_be_written_stores_nothing() -> None:
    with pytest.raises(ResultNotEncodable, match="task t1"):
        TaskMeta.objects.store_result("t1", object(), "SUCCESS")

    assert ids() == []


@pytest.mark.parametrize("expires", [3600, 3600.0, timedelta(hours=1)])
def test_results_older_than_an_age_are_expired(expires: float | timedelta) -> None:
    make_row("old", age=timedelta(hours=2))
    make_row("new")

    expired = TaskMeta.objects.get_all_expired(expires)

    assert [row.task_id for row in expired] == ["old"]


@pytest.mark.parametrize("expires", [3600, 3600.0, timedelta(hours=1)])
def test_expired_results_are_deleted(expires: float | timedelta) -> None:
    make_row("old", age=timedelta(hours=2))
    make_row("new")

    assert TaskMeta.objects.delete_expired(expires) == 1

    assert ids() == ["new"]


def test_without_an_expiry_no_result_expires() -> None:
    make_row("old", age=timedelta(days=9))

    assert not TaskMeta.objects.get_all_expired(None).exists()
    assert TaskMeta.objects.delete_expired(None) == 0
    assert ids() == ["old"]


def test_rows_that_a_crash_left_hidden_are_deleted_whatever_their_age() -> None:
    make_row("left", hidden=True)
    make_row("new")

    assert TaskMeta.objects.delete_expired(timedelta(days=1)) == 1

    assert ids() == ["new"]


@pytest.mark.parametrize(("use_tz", "hours"), [(True, 0), (False, 2)])
def test_rows_of_old_releases_expire_by_date_done_whatever_was_done_to_the_clock(
    settings: Settings, use_tz: bool, hours: int
) -> None:
    settings.USE_TZ = use_tz
    for task_id, minutes in (("old", 70), ("new", 50)):
        make_old_row(task_id, age=timedelta(hours=hours, minutes=minutes))

    assert [row.task_id for row in TaskMeta.objects.get_all_expired(3600)] == ["old"]


def test_a_result_that_is_stored_while_expired_ones_are_deleted_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_row("retried", age=timedelta(days=3))
    look = QuerySet.values_list

    def look_and_store(rows: Any, *fields: str, **kwargs: Any) -> Any:
        found = list(look(rows, *fields, **kwargs)[:10])
        if found:
            TaskMeta.objects.store_result("retried", 42, "SUCCESS")
        return found

    monkeypatch.setattr(taskmanagers.ResultQuerySet, "values_list", look_and_store)
    TaskMeta.objects.delete_expired(3600)
    monkeypatch.undo()

    assert ids() == ["retried"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql
def test_such_a_result_stays_though_somebody_listens_to_deletions() -> None:
    check_that_a_listener_does_not_lose_a_result()


@pytest.mark.django_db(transaction=True)
@pytest.mark.mariadb
def test_such_a_result_stays_on_mariadb_too() -> None:
    check_that_a_listener_does_not_lose_a_result()


def check_that_a_listener_does_not_lose_a_result() -> None:
    """A task stores while the receiver runs, on another connection, which waits for the row."""
    make_row("t1", age=timedelta(days=3))
    storing = Thread(target=store_elsewhere, args=("t1",))

    def receive(**_kwargs: object) -> None:
        storing.start()
        storing.join(0.2)  # it cannot end before the row is gone

    pre_delete.connect(receive, sender=TaskMeta)
    try:
        TaskMeta.objects.delete_expired(3600)
    finally:
        pre_delete.disconnect(receive, sender=TaskMeta)
        storing.join()

    assert TaskMeta.objects.get().result == "fresh"


def store_elsewhere(task_id: str) -> None:
    try:
        TaskMeta.objects.store_result(task_id, "fresh", "SUCCESS")
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.mariadb
def test_deleting_ends_though_a_snapshot_shows_what_is_gone() -> None:
    make_row("t1", age=timedelta(days=3))
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    try:
        with transaction.atomic():
            assert TaskMeta.objects.count() == 1
            storing = Thread(target=store_elsewhere, args=("t1",))
            storing.start()
            storing.join()
            assert TaskMeta.objects.delete_expired(3600) == 0
    finally:
        connection.close()

    assert TaskMeta.objects.get().result == "fresh"


@pytest.mark.parametrize("expires", [timedelta(days=999_999), 1e12])
def test_nothing_is_as_old_as_time(expires: timedelta | float) -> None:
    make_row("t1", age=timedelta(days=3))

    assert TaskMeta.objects.delete_expired(expires) == 0


def test_a_group_is_stored_and_restored_with_its_tasks() -> None:
    group = GroupResult("g1", [AsyncResult("t1"), AsyncResult("t2", parent=AsyncResult("t0"))])

    stored = TaskSetMeta.objects.store_result("g1", group)

    row = TaskSetMeta.objects.restore_taskset("g1")
    assert row == stored
    assert isinstance(row, TaskSetMeta)
    assert row.result == group
    assert row.result.results[1].parent.id == "t0"
    assert str(row) == "<TaskSet: g1>"
    assert row.to_dict() == {"taskset_id": "g1", "result": group, "date_done": row.date_done}


def test_a_group_that_is_unknown_is_none() -> None:
    assert TaskSetMeta.objects.restore_taskset("g1") is None


def test_a_group_is_deleted_once_and_may_be_deleted_again() -> None:
    TaskSetMeta.objects.store_result("g1", GroupResult("g1", []))

    TaskSetMeta.objects.delete_taskset("g1")
    TaskSetMeta.objects.delete_taskset("g1")

    assert TaskSetMeta.objects.restore_taskset("g1") is None


@pytest.mark.parametrize("value", [["a", "b"], "text", {"any": "thing"}, None, 5])
def test_what_is_no_group_is_stored_as_it_is(value: Any) -> None:
    TaskSetMeta.objects.store_result("g1", value)

    row = TaskSetMeta.objects.get(taskset_id="g1")

    assert row.result == value


class OneDatabaseForAll:
    """A router that reads and writes results in one other database."""

    def __init__(self, alias: str) -> None:
        self.alias = alias

    def db_for_read(self, model: type, **_hints: Any) -> str | None:
        return self.alias if model in (TaskMeta, TaskSetMeta) else None

    db_for_write = db_for_read


def test_results_go_where_the_router_says(
    scratch_database: Callable[[str], str], settings: Settings
) -> None:
    alias = scratch_database("sqlite")
    call_command("migrate", database=alias, verbosity=0)
    settings.DATABASE_ROUTERS = [OneDatabaseForAll(alias)]

    TaskMeta.objects.store_result("t1", 1, "SUCCESS")
    TaskSetMeta.objects.store_result("g1", GroupResult("g1", []))

    assert TaskMeta.objects.get_task("t1")._state.db == alias
    assert TaskMeta.objects.delete_expired(-60) == 1
    assert TaskSetMeta.objects.using(alias).count() == 1
    assert not TaskSetMeta.objects.using("default").exists()


def test_a_manager_of_one_database_stores_there(scratch_database: Callable[[str], str]) -> None:
    alias = scratch_database("sqlite")
    call_command("migrate", database=alias, verbosity=0)
    there = TaskMeta.objects.db_manager(alias)

    there.store_result("t1", 1, "SUCCESS")

    assert there.get_task("t1").result == 1
    assert there.delete_expired(-60) == 1
    assert ids() == []


@pytest.fixture
def repeatable_read() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")


@pytest.mark.mariadb
@pytest.mark.django_db(transaction=True)
def test_polling_in_a_repeatable_transaction_is_warned_of(repeatable_read: None) -> None:
    with transaction.atomic():
        TaskMeta.objects.get_task("polled")
        with pytest.warns(TxIsolationWarning, match="REPEATABLE READ"):
            TaskMeta.objects.get_task("polled")


def test_polling_at_the_level_of_django_is_not_warned_of() -> None:
    TaskMeta.objects.get_task("unknown")
    TaskMeta.objects.get_task("unknown")


class Router:
    """Reads from a replica that is not there."""

    def db_for_read(self, _model: object, **_hints: object) -> str:
        return "replica"


def test_results_are_stored_and_deleted_where_they_are_written(settings: Settings) -> None:
    settings.DATABASE_ROUTERS = [Router()]
    make_row("old", age=timedelta(days=3))

    TaskMeta.objects.store_result("new", 1, "SUCCESS")
    TaskSetMeta.objects.store_result("g1", GroupResult("g1", []))
    TaskSetMeta.objects.delete_taskset("g1")
    deleted = TaskMeta.objects.delete_expired(3600)

    assert deleted == 1
