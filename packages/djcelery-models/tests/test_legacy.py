"""Databases of old releases: adopted, read, taken back and forward again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from djcelery_models.models import (
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    PeriodicTasks,
    TaskMeta,
    TaskSetMeta,
    TaskState,
    WorkerState,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model

DATES = (
    "date_done",
    "last_heartbeat",
    "last_update",
    "date_changed",
    "last_run_at",
    "expires",
    "eta",
    "tstamp",
)
SETS = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year")


def show_schedule(row: Any) -> Any:
    schedule = row.schedule
    if isinstance(run_every := getattr(schedule, "run_every", None), timedelta):
        parts = [run_every.days, run_every.seconds, run_every.microseconds]
        seconds = str(float(run_every.total_seconds()))
        return {"kind": "interval", "run_every": parts, "seconds": seconds}
    return {"kind": "crontab", **{name: sorted(getattr(schedule, name)) for name in SETS}}


SPECIAL: dict[str, Callable[[Any], Any]] = {
    "schedule": show_schedule,
    "args_value": lambda row: row.decoded_args,
    "kwargs_value": lambda row: row.decoded_kwargs,
    "worker": lambda row: row.worker and row.worker.hostname,
    "text": str,
}


def show(row: Model, expected: dict[str, Any]) -> dict[str, Any]:
    """``row`` with the keys, and in the form, that the old release's description has."""
    shown = {}
    for key in expected:
        value = SPECIAL[key](row) if key in SPECIAL else getattr(row, key)
        shown[key] = value.isoformat() if key in DATES and value is not None else value
    if "schedule" in shown:
        shown["schedule"] = {key: shown["schedule"][key] for key in expected["schedule"]}
    return shown


def assert_all_rows_are_read(legacy: Any) -> None:
    tables: dict[str, tuple[type[Model], set[str]]] = {
        "task_results": (TaskMeta, {"task_id", "status", "hidden", "date_done", "traceback"}),
        "group_results": (TaskSetMeta, {"taskset_id", "hidden", "date_done"}),
        "intervals": (IntervalSchedule, set(legacy.expected["intervals"][0])),
        "crontabs": (CrontabSchedule, set(legacy.expected["crontabs"][0])),
        "periodic_tasks": (PeriodicTask, set(legacy.expected["periodic_tasks"][0])),
        "periodic_tasks_changed": (PeriodicTasks, {"ident", "last_update"}),
        "workers": (WorkerState, set(legacy.expected["workers"][0])),
        "task_states": (TaskState, set(legacy.expected["task_states"][0])),
    }
    if legacy.expected["made_by"]["django-celery"] == "2.5.3":  # knew no days of the month
        tables["crontabs"][1].discard("text")
        tables["periodic_tasks"][1].discard("text")
    for name, (model, keys) in tables.items():
        rows = model._default_manager.using(legacy.alias).order_by("pk")
        wanted = [{key: row[key] for key in keys if key in row} for row in legacy.expected[name]]
        found = [show(row, want) for row, want in zip(rows, wanted, strict=True)]
        assert found == wanted


def test_an_old_database_is_adopted_and_every_row_is_read(legacy: Any) -> None:
    legacy.migrate(fake_initial=True)

    assert_all_rows_are_read(legacy)


def test_every_row_is_read_after_going_back_and_forward_again(legacy: Any) -> None:
    legacy.migrate(fake_initial=True)

    legacy.migrate("djcelery", "0001")
    legacy.migrate("djcelery")

    assert_all_rows_are_read(legacy)


def test_rows_are_added_after_the_last_one_of_an_old_database(legacy: Any) -> None:
    legacy.migrate(fake_initial=True)
    last = TaskState.objects.using(legacy.alias).order_by("pk").last()
    assert last is not None

    added = TaskState.objects.using(legacy.alias).create(
        state="SUCCESS", task_id="x" * 255, tstamp=last.tstamp
    )

    assert added.pk > last.pk
