"""``manage.py djcelery_doctor`` on databases in every state."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DEFAULT_DB_ALIAS, connections
from djcelery_models.models import PeriodicTask, TaskSetMeta, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.backends.base.base import BaseDatabaseWrapper

DANGLING = (
    "UPDATE djcelery_periodictask SET interval_id = 999 WHERE id IN (1, 2)",
    "UPDATE djcelery_periodictask SET crontab_id = 888 WHERE id = 11",
    "UPDATE djcelery_taskstate SET worker_id = 777 WHERE id = 3",
)
BINARY = {"sqlite": "BLOB", "mysql": "blob", "postgresql": "bytea"}
WITHOUT_KEYS = {
    "sqlite": ("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON"),
    "mysql": ("SET foreign_key_checks = 0", "SET foreign_key_checks = 1"),
    "postgresql": (
        "SET session_replication_role = replica",
        "SET session_replication_role = origin",
    ),
}


def run_unchecked(connection: BaseDatabaseWrapper, *statements: str) -> None:
    """Run ``statements`` as an old SQLite would, without minding foreign keys."""
    off, on = WITHOUT_KEYS[connection.vendor]
    with connection.cursor() as cursor:
        for statement in (off, *statements, on):
            cursor.execute(statement)


def ask_doctor(alias: str) -> tuple[int, str]:
    """The exit code of the command and what it printed."""
    out = StringIO()
    try:
        call_command("djcelery_doctor", database=alias, stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


def follow(connection: BaseDatabaseWrapper, printed: str) -> None:
    """Run what the doctor printed, as a database shell would."""
    lines = [line for line in printed.splitlines() if not line.startswith("--")]
    with connection.cursor() as cursor:
        for statement in "\n".join(lines).split(";\n"):
            if statement.strip():
                cursor.execute(statement)


def test_an_old_database_in_order_needs_no_mending(legacy: Any) -> None:
    code, printed = ask_doctor(legacy.alias)

    assert code == 0
    assert "Nothing to mend. Next: manage.py migrate" in printed


def test_what_the_doctor_prints_mends_dangling_keys(legacy: Any) -> None:
    run_unchecked(legacy.connection, *DANGLING)
    code, printed = ask_doctor(legacy.alias)
    assert code == 1

    follow(legacy.connection, printed)

    assert ask_doctor(legacy.alias)[0] == 0
    legacy.migrate(fake_initial=True)
    entries = PeriodicTask.objects.using(legacy.alias)
    assert [entries.get(pk=pk).schedule for pk in (1, 2, 11)] == [None, None, None]
    assert TaskState.objects.using(legacy.alias).get(pk=3).worker is None


def test_what_the_doctor_prints_makes_missing_tables(legacy: Any) -> None:
    run_unchecked(
        legacy.connection,
        "DROP TABLE celery_tasksetmeta",
        "DROP TABLE djcelery_taskstate",
        "DROP TABLE djcelery_workerstate",
    )
    code, printed = ask_doctor(legacy.alias)
    assert code == 1

    follow(legacy.connection, printed)

    legacy.migrate(fake_initial=True)
    assert not TaskSetMeta.objects.using(legacy.alias).exists()
    assert not TaskState.objects.using(legacy.alias).select_related("worker").exists()


def test_entries_of_a_missing_schedule_table_lose_their_schedule(legacy: Any) -> None:
    schedules = PeriodicTask.objects.using(legacy.alias).exclude(crontab_id=None)
    count = schedules.count()
    cascade = " CASCADE" if legacy.connection.vendor == "postgresql" else ""
    run_unchecked(legacy.connection, f"DROP TABLE djcelery_crontabschedule{cascade}")
    code, printed = ask_doctor(legacy.alias)
    assert (code, f"in {count} row(s)" in printed) == (1, True)

    follow(legacy.connection, printed)

    legacy.migrate(fake_initial=True)
    assert schedules.count() == 0


def test_an_empty_database_needs_no_mending(scratch_database: Callable[[str], str]) -> None:
    alias = scratch_database(connections[DEFAULT_DB_ALIAS].vendor)

    assert ask_doctor(alias) == (0, "-- Nothing to mend. Next: manage.py migrate\n")


def test_a_migrated_database_needs_nothing(scratch_database: Callable[[str], str]) -> None:
    alias = scratch_database(connections[DEFAULT_DB_ALIAS].vendor)
    call_command("migrate", database=alias, verbosity=0)

    assert ask_doctor(alias) == (0, "-- Nothing to mend. Next: nothing to migrate\n")


@pytest.mark.parametrize(
    "columns",
    [
        "taskset_id VARCHAR(155), result {binary}, date_done timestamp",
        "taskset_id varchar(255), result {binary}, args text",
    ],
)
def test_the_table_of_another_backend_gives_up_its_name(legacy: Any, columns: str) -> None:
    written = columns.format(binary=BINARY[legacy.connection.vendor])
    run_unchecked(
        legacy.connection,
        "DROP TABLE celery_tasksetmeta",
        f"CREATE TABLE celery_tasksetmeta (id integer PRIMARY KEY, {written})",
    )
    code, printed = ask_doctor(legacy.alias)
    assert (code, "SQLAlchemy" in printed) == (1, True)

    follow(legacy.connection, printed)

    legacy.migrate(fake_initial=True)
    assert not TaskSetMeta.objects.using(legacy.alias).exists()


@pytest.mark.mariadb
def test_tables_of_an_engine_without_transactions_are_moved(
    scratch_database: Callable[[str], str],
) -> None:
    alias = scratch_database("mysql")
    call_command("migrate", "djcelery", "0001", database=alias, verbosity=0)
    with connections[alias].cursor() as cursor:
        cursor.execute("ALTER TABLE celery_taskmeta ENGINE=MyISAM")
    code, printed = ask_doctor(alias)

    follow(connections[alias], printed)

    assert (code, ask_doctor(alias)[0]) == (1, 0)
    call_command("migrate", database=alias, verbosity=0)


def test_a_database_that_cannot_be_reached_is_named(
    scratch_database: Callable[[str], str],
) -> None:
    alias = scratch_database("sqlite")
    connections[alias].settings_dict["NAME"] = "/nowhere/at/all.sqlite3"

    with pytest.raises(CommandError, match=rf"{alias}.* cannot be read"):
        call_command("djcelery_doctor", database=alias)
