"""Fresh tables: their shape, and the ways back and forward.

From the change log: 2.3.1 and 2.3.3, the tables of results are created; 2.5.0, ``hidden`` and
``description`` are added to older tables.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from celery.result import AsyncResult, GroupResult
from django.apps import apps
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections
from django.db.migrations.exceptions import IrreversibleError
from django.test.utils import CaptureQueriesContext
from djcelery_models.completion import (
    existing_models,
    missing_columns,
    missing_foreign_keys,
    missing_indexes,
)
from djcelery_models.models import (
    ClockedSchedule,
    PeriodicTask,
    TaskMeta,
    TaskSetMeta,
    TaskState,
    WorkerState,
)
from djcelery_utils.clock import now

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery import Celery

BEYOND_32_BITS = 2**31
KEPT = ("task_id", "content_type", "content_encoding", "retries")


class Elsewhere:
    """A router that keeps our tables out of every database but the default one."""

    def allow_migrate(self, db: str, app_label: str, **_hints: object) -> bool | None:
        return db == DEFAULT_DB_ALIAS if app_label == "djcelery" else None


@pytest.fixture
def migrated(scratch_database: Callable[[str], str], django_db_blocker: Any) -> str:
    """The alias of an empty database of the vendor under test, with all migrations applied."""
    alias = scratch_database(connections[DEFAULT_DB_ALIAS].vendor)
    call_command("migrate", database=alias, verbosity=0)
    return alias


def migrate(alias: str, *arguments: str) -> None:
    call_command("migrate", "djcelery", *arguments, database=alias, verbosity=0)


def missing(alias: str) -> list[str]:
    """The columns, indexes and foreign keys that the tables lack."""
    looks = (missing_columns, missing_indexes, missing_foreign_keys)
    models = existing_models(apps, connections[alias])
    return [
        f"{look.__name__}: {field}"
        for look in looks
        for model in models
        for field in look(connections[alias], model)
    ]


def test_old_tables_lack_nothing_once_migrated(legacy: Any) -> None:
    legacy.migrate(fake_initial=True)

    assert missing(legacy.alias) == []


@pytest.mark.parametrize("chosen", [None, "rpc://"])
def test_result_tables_are_created_whatever_the_result_backend(
    scratch_database: Callable[[str], str], settings: Any, chosen: str | None
) -> None:
    settings.CELERY_RESULT_BACKEND = chosen
    alias = scratch_database("sqlite")

    call_command("migrate", database=alias, verbosity=0)

    tables = connections[alias].introspection.table_names()
    assert {"celery_taskmeta", "celery_tasksetmeta"} <= set(tables)


@pytest.mark.django_db
@pytest.mark.parametrize("auto_field", ["AutoField", "BigAutoField", "SmallAutoField"])
def test_no_migration_is_missing(settings: Any, auto_field: str) -> None:
    settings.DEFAULT_AUTO_FIELD = f"django.db.models.{auto_field}"

    call_command("makemigrations", "djcelery", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("name", ["0001", "0002", "0003", "0004", "0005", "0006", "0007"])
@pytest.mark.parametrize("backwards", [False, True])
def test_the_sql_of_each_migration_can_be_shown(
    migrated: str, name: str, backwards: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("sqlmigrate", "djcelery", name, database=migrated, backwards=backwards)

    assert capsys.readouterr().out


def test_old_tables_are_completed_only_where_something_is_missing(migrated: str) -> None:
    migrate(migrated, "0001")

    with CaptureQueriesContext(connections[migrated]) as queries:
        migrate(migrated, "0002")

    changes = [query["sql"] for query in queries if query["sql"].startswith(("ALTER", "CREATE"))]
    assert changes == []


def test_what_releases_before_2_5_lack_is_added_with_its_index(migrated: str) -> None:
    migrate(migrated, "0001")
    with connections[migrated].cursor() as cursor:
        cursor.execute(
            "INSERT INTO celery_taskmeta (task_id, status, date_done, hidden) "
            "VALUES ('a', 'SUCCESS', '2011-01-01 00:00:00', %s)",
            [False],
        )
        if connections[migrated].vendor == "sqlite":
            cursor.execute("DROP INDEX celery_taskmeta_hidden_23fd02dc")
        for column in ("hidden", "meta"):
            cursor.execute(f"ALTER TABLE celery_taskmeta DROP COLUMN {column}")
        cursor.execute("ALTER TABLE djcelery_periodictask DROP COLUMN description")

    migrate(migrated)

    assert missing(migrated) == []
    row = TaskMeta.objects.using(migrated).get()
    assert (row.status, row.hidden, row.meta) == ("SUCCESS", False, None)


def test_a_database_that_the_router_keeps_us_out_of_gets_no_table(
    scratch_database: Callable[[str], str], settings: Any
) -> None:
    settings.DATABASE_ROUTERS = [Elsewhere()]
    alias = scratch_database(connections[DEFAULT_DB_ALIAS].vendor)

    call_command("migrate", database=alias, verbosity=0)
    migrate(alias, "0001")

    assert existing_models(apps, connections[alias]) == []
    call_command("djcelery_doctor", database=alias)


def test_an_id_of_more_than_32_bits_is_stored(migrated: str) -> None:
    worker = WorkerState.objects.using(migrated).create(pk=BEYOND_32_BITS, hostname="w")

    state = TaskState.objects.using(migrated).create(
        task_id="a", state="SUCCESS", tstamp=now(), worker=worker
    )

    state.refresh_from_db()
    assert state.worker_id == BEYOND_32_BITS


@pytest.mark.parametrize("model", [TaskMeta, WorkerState])
def test_going_back_names_table_and_row_of_an_id_that_does_not_fit(
    migrated: str, model: Any
) -> None:
    model.objects.using(migrated).create(pk=BEYOND_32_BITS)

    with pytest.raises(IrreversibleError, match=rf"{model._meta.db_table}, row {BEYOND_32_BITS}"):
        migrate(migrated, "0001")

    assert model.objects.using(migrated).get().pk == BEYOND_32_BITS


def test_going_back_names_table_and_row_of_a_task_id_that_does_not_fit(migrated: str) -> None:
    TaskState.objects.using(migrated).create(pk=7, task_id="x" * 37, state="SUCCESS", tstamp=now())

    with pytest.raises(IrreversibleError, match=r"djcelery_taskstate, row 7: task_id"):
        migrate(migrated, "0001")


def test_rows_get_small_ids_again_after_going_back_from_a_large_one(migrated: str) -> None:
    TaskMeta.objects.using(migrated).create(pk=5, task_id="kept")
    TaskMeta.objects.using(migrated).create(pk=BEYOND_32_BITS, task_id="a").delete()

    migrate(migrated, "0001")

    with connections[migrated].cursor() as cursor:
        cursor.execute(
            "INSERT INTO celery_taskmeta (task_id, status, date_done, hidden) "
            "SELECT 'b', status, date_done, hidden FROM celery_taskmeta"
        )
    rows = TaskMeta.objects.using(migrated).only("pk").order_by("pk")
    assert [row.pk for row in rows] == [5, 6]


def test_identifiers_compare_as_bytes(migrated: str) -> None:
    names = ["abc", "ABC", "ábc"]
    for name in names:
        PeriodicTask.objects.using(migrated).create(name=name, task=name, enabled=False)

    found = PeriodicTask.objects.using(migrated).filter(task="ABC")

    assert [entry.name for entry in found] == ["ABC"]


def test_an_identifier_may_be_any_255_characters(migrated: str) -> None:
    TaskMeta.objects.using(migrated).create(task_id="🚀" * 255)

    assert TaskMeta.objects.using(migrated).filter(task_id="🚀" * 255).exists()
    with pytest.raises(IntegrityError):
        TaskMeta.objects.using(migrated).create(task_id="🚀" * 255)


def test_names_that_differ_in_case_survive_the_way_back(migrated: str) -> None:
    for name in ("abc", "ABC"):
        PeriodicTask.objects.using(migrated).create(name=name, task=name, enabled=False)

    migrate(migrated, "0001")
    migrate(migrated)

    assert PeriodicTask.objects.using(migrated).get(name="abc").task == "abc"


def test_old_entries_keep_one_schedule_or_are_disabled(migrated: str) -> None:
    migrate(migrated, "0004")
    with connections[migrated].cursor() as cursor:
        cursor.execute(
            "INSERT INTO djcelery_intervalschedule (id, every, period) VALUES (1, 5, 'days')"
        )
        cursor.execute(
            "INSERT INTO djcelery_crontabschedule (id, minute, hour, day_of_week, day_of_month,"
            " month_of_year) VALUES (1, '0', '4', '*', '*', '*')"
        )
        for name, interval, crontab in (("both", 1, 1), ("none", None, None), ("one", None, 1)):
            cursor.execute(
                "INSERT INTO djcelery_periodictask (name, task, interval_id, crontab_id, args,"
                " kwargs, enabled, total_run_count, date_changed, description)"
                " VALUES (%s, 't', %s, %s, '[]', '{}', %s, 0, '2011-01-01 00:00:00', '')",
                [name, interval, crontab, True],
            )

    migrate(migrated)

    rows = PeriodicTask.objects.using(migrated)
    found = {row.name: (row.interval_id, row.crontab_id, row.enabled) for row in rows.all()}
    assert found == {"both": (1, None, True), "none": (None, None, False), "one": (None, 1, True)}
    assert "no schedule" in rows.get(name="none").disabled_reason
    assert rows.get(name="one").uid is None


def test_an_entry_of_a_kind_that_is_new_is_disabled_on_the_way_back(migrated: str) -> None:
    moment = ClockedSchedule.objects.using(migrated).create(clocked_time=datetime.now(UTC))
    PeriodicTask.objects.using(migrated).create(name="once", task="t", clocked=moment)

    migrate(migrated, "0004")
    migrate(migrated)

    row = PeriodicTask.objects.using(migrated).get()
    assert (row.name, row.enabled, row.clocked_id) == ("once", False, None)


def test_results_are_the_same_after_going_back_and_forward(migrated: str) -> None:
    rows = TaskMeta.objects.db_manager(migrated)
    group = GroupResult("g", [AsyncResult("a")])
    for task_id, state, value in (("a", "SUCCESS", {"total": 5}), ("b", "FAILURE", KeyError("x"))):
        rows.store_result(task_id, value, state)
    TaskSetMeta.objects.db_manager(migrated).store_result("g", group)
    before = list(rows.order_by("pk").values_list(*KEPT))

    migrate(migrated, "0001")
    migrate(migrated)

    assert list(rows.order_by("pk").values_list(*KEPT)) == before
    assert rows.get(task_id="a").result == {"total": 5}
    assert isinstance(rows.get(task_id="b").result, KeyError)
    assert TaskSetMeta.objects.using(migrated).get().result == group


def test_what_an_old_release_stores_over_a_row_is_read_and_expires_as_its_own(
    migrated: str, app_with_pickle: Celery
) -> None:
    rows = TaskMeta.objects.db_manager(migrated)
    rows.store_result("a", {"pid": 1}, "STARTED")
    rows.update(stored_at=datetime.now(UTC) - timedelta(days=3))
    migrate(migrated, "0001")
    with connections[migrated].cursor() as cursor:
        cursor.execute("UPDATE celery_taskmeta SET status = 'SUCCESS', result = 'gAJLKi4='")

    migrate(migrated)

    assert rows.get().result == 42
    assert not rows.get_all_expired(timedelta(days=1)).exists()


def test_an_old_release_writes_rows_after_going_back(migrated: str) -> None:
    migrate(migrated, "0001")
    with connections[migrated].cursor() as cursor:
        cursor.execute(
            "INSERT INTO celery_taskmeta (task_id, status, date_done, hidden, result) "
            "VALUES ('a', 'SUCCESS', '2017-01-01 00:00:00', %s, 'plain')",
            [False],
        )

    migrate(migrated)

    row = TaskMeta.objects.using(migrated).get()
    assert (row.result, row.content_type, row.stored_at) == ("plain", None, None)


@pytest.mark.mariadb
def test_an_interrupted_migration_goes_on_where_it_stopped(migrated: str) -> None:
    TaskMeta.objects.using(migrated).create(task_id="a", status="SUCCESS")
    migrate(migrated, "0003")
    with connections[migrated].cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE name LIKE '0003%' AND app='djcelery'")
        cursor.execute("ALTER TABLE celery_tasksetmeta DROP COLUMN content_type")
        cursor.execute("DROP INDEX celery_taskmeta_stored_at_22840194 ON celery_taskmeta")

    migrate(migrated)

    assert TaskMeta.objects.using(migrated).get().status == "SUCCESS"
    assert missing(migrated) == []
    call_command("migrate", database=migrated, check=True, verbosity=0)


@pytest.mark.mariadb
def test_tables_in_an_old_row_format_take_long_identifiers(migrated: str) -> None:
    migrate(migrated, "0001")
    kept = ("args", "kwargs", "parent_id", "periodic_task_name", "root_id", "started_at")
    with connections[migrated].cursor() as cursor:
        cursor.execute(
            f"ALTER TABLE celery_taskmeta {', '.join(f'DROP COLUMN {name}' for name in kept)}, "
            "ROW_FORMAT=COMPACT, "
            "MODIFY task_id varchar(255) CHARACTER SET utf8mb3 NOT NULL"
        )

    migrate(migrated)

    TaskMeta.objects.using(migrated).create(task_id="🚀" * 255)
