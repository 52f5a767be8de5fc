"""``manage.py djcelery_purge``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from celery.result import GroupResult
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models.signals import post_delete
from djcelery_models.deletion import FIRST_LOADED
from djcelery_models.models import TaskMeta, TaskSetMeta

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery import Celery
    from pytest_django import Settings

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("app")]

TABLE = "celery_taskmeta"


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def make_row(task_id: str, *, days: float = 0, **fields: Any) -> None:
    row = TaskMeta.objects.create(task_id=task_id, **fields)
    stored_at = datetime.now(UTC) - timedelta(days=days)
    TaskMeta.objects.filter(pk=row.pk).update(stored_at=stored_at)


def make_group(group_id: str, *, days: float) -> None:
    TaskSetMeta.objects.store_result(group_id, GroupResult(group_id, []))
    TaskSetMeta.objects.update(stored_at=datetime.now(UTC) - timedelta(days=days))


def purge(*arguments: str, out: StringIO | None = None, **options: Any) -> list[str]:
    """What the command prints."""
    out = out or StringIO()
    call_command("djcelery_purge", *arguments, stdout=out, **options)
    return out.getvalue().splitlines()


def left() -> list[str]:
    return list(TaskMeta.objects.order_by("task_id").values_list("task_id", flat=True))


def test_what_the_settings_say_goes_and_is_told_rule_by_rule(settings: Settings) -> None:
    settings.DJCELERY_BACKENDS_RETENTION = [{"name": "ping", "expires": timedelta(hours=1)}]
    make_row("ping", name="ping", days=0.5)
    make_row("old", days=2)
    make_row("new")
    make_row("left", hidden=True)
    make_group("g1", days=2)

    assert purge() == [
        f"{TABLE}: 1 deleted (left hidden)",
        f"{TABLE}: 1 deleted (rule 0: name ping, expires 1:00:00)",
        f"{TABLE}: 1 deleted (older than 86,400 seconds)",
        "celery_tasksetmeta: 1 deleted (older than 86,400 seconds)",
        "4 deleted in all",
    ]
    assert left() == ["new"]


def test_a_dry_run_says_what_would_go_and_deletes_nothing() -> None:
    make_row("old", days=2)
    make_group("g1", days=2)

    assert purge("--dry-run") == [
        f"{TABLE}: 1 would go (older than 86,400 seconds)",
        "celery_tasksetmeta: 1 would go (older than 86,400 seconds)",
    ]
    assert left() == ["old"]
    assert TaskSetMeta.objects.exists()


def test_a_dry_run_that_finds_nothing_says_so() -> None:
    make_row("new")

    assert purge("--dry-run") == ["Nothing would go"]


def test_a_state_in_small_letters_is_refused() -> None:
    with pytest.raises(CommandError, match="'success' is no state: the state is 'SUCCESS'"):
        purge("--state", "success")


def test_an_age_on_the_command_line_takes_the_place_of_the_settings(settings: Settings) -> None:
    settings.DJCELERY_BACKENDS_RETENTION = [{"name": "ping", "expires": None}]
    make_row("ping", name="ping", days=2)
    make_row("new", days=0.4)
    make_group("g1", days=2)

    purge("--older-than", "12h")

    assert left() == ["new"]
    assert not TaskSetMeta.objects.exists()


@pytest.mark.parametrize(
    ("options", "stay"),
    [
        (["--state", "FAILURE"], ["a-done", "b-done"]),
        (["--name", "a"], ["b-done", "b-failed"]),
        (["--name", "a", "--state", "FAILURE"], ["a-done", "b-done", "b-failed"]),
    ],
)
def test_only_results_of_a_state_or_a_name_go(options: list[str], stay: list[str]) -> None:
    for name in ("a", "b"):
        make_row(f"{name}-done", name=name, status="SUCCESS", days=2)
        make_row(f"{name}-failed", name=name, status="FAILURE", days=2)
    make_group("g1", days=2)

    purge(*options)

    assert left() == stay
    assert TaskSetMeta.objects.exists()


def test_the_newest_of_a_rule_stay_whatever_the_options_select(settings: Settings) -> None:
    settings.DJCELERY_BACKENDS_RETENTION = [{"name": "report", "keep": 2}]
    make_row("new", name="report", status="SUCCESS")
    make_row("second", name="report", status="FAILURE", days=1)
    make_row("third", name="report", status="FAILURE", days=2)

    purge("--state", "FAILURE")

    assert left() == ["new", "second"]


@pytest.mark.parametrize("age", ["30", "-1d", "1w", "", "d", "99999999999d"])
def test_an_age_that_is_none_is_refused(age: str) -> None:
    with pytest.raises(CommandError, match=r"--older-than: .*(30d, 12h, 90m or 45s|longer than)"):
        purge(f"--older-than={age}")


@pytest.mark.parametrize("size", ["0", "-5", "many"])
def test_a_batch_without_rows_is_refused(size: str) -> None:
    with pytest.raises(CommandError, match=r"--batch-size: .*no number of rows"):
        purge(f"--batch-size={size}")


def test_a_batch_has_no_more_rows_than_the_option_says() -> None:
    for number in range(5):
        make_row(f"t{number}", days=2)
    deletes: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        deletes.extend([sql] if sql.startswith("DELETE") and TABLE in sql else [])
        return execute(sql, *arguments)

    with connection.execute_wrapper(note):
        purge("--older-than", "1d", "--batch-size", "2")

    assert len([sql for sql in deletes if "stored_at" in sql and "IS NULL" not in sql]) == 3


def test_without_words_nothing_is_printed() -> None:
    make_row("old", days=2)

    assert purge(verbosity=0, out=Terminal()) == []

    assert left() == []


def test_a_terminal_shows_how_far_it_has_come() -> None:
    make_row("t1", days=2)
    make_row("t2", days=2)
    terminal = Terminal()

    purge("--batch-size", "1", out=terminal)

    shown = [text.removeprefix("\x1b[K") for text in terminal.getvalue().split("\r")]
    assert f"[{'.' * 40}]   0% 0 of 2" in shown
    assert f"[{'#' * 20}{'.' * 20}]  50% 1 of 2" in shown
    assert f"[{'#' * 40}] 100% 2 of 2" in shown
    assert shown[-1].endswith("2 deleted in all\n")


@pytest.mark.django_db(transaction=True)
def test_what_was_deleted_before_an_interruption_stays_deleted() -> None:
    for number in range(FIRST_LOADED + 3):
        make_row(f"t{number:02}", days=2)
    seen: list[str] = []

    def press(instance: TaskMeta, **_kwargs: object) -> None:
        seen.append(instance.task_id)
        if len(seen) > FIRST_LOADED:
            raise KeyboardInterrupt

    post_delete.connect(press, sender=TaskMeta)
    try:
        with pytest.raises(CommandError, match=f"Interrupted: {FIRST_LOADED} deleted") as raised:
            purge()
    finally:
        post_delete.disconnect(press, sender=TaskMeta)

    assert raised.value.returncode == 130
    assert TaskMeta.objects.count() == 3


def test_another_backend_needs_an_age(make_app: Callable[..., Celery]) -> None:
    make_app(result_backend="disabled://")
    make_row("old", days=2)

    with pytest.raises(CommandError, match=r"kept by DisabledBackend.*--older-than"):
        purge()

    purge("--older-than", "1d")
    assert left() == []


class Router:
    """Stores results where there is no database."""

    def db_for_write(self, _model: object, **_hints: object) -> str:
        return "results"


def test_the_database_can_be_named(settings: Settings) -> None:
    make_row("old", days=2)
    settings.DATABASE_ROUTERS = [Router()]

    purge("--database", "default")

    assert left() == []


@pytest.mark.django_db(transaction=True)
def test_a_table_that_is_missing_is_an_error_that_names_migrate() -> None:
    with connection.schema_editor() as editor:
        editor.alter_db_table(TaskMeta, TABLE, "elsewhere")
    try:
        with pytest.raises(CommandError, match=r"0 deleted, then: .*`manage.py migrate djcelery`"):
            purge()
    finally:
        with connection.schema_editor() as editor:
            editor.alter_db_table(TaskMeta, "elsewhere", TABLE)
