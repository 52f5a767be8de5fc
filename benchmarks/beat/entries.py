"""Entries by the million: 60 % intervals, 40 % crontabs in five zones, none of them due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from celery.schedules import schedule
from django.db import connection
from djcelery_beat.sending import UNKNOWN_TASK
from djcelery_models.models import CrontabSchedule, IntervalSchedule, PeriodicTask
from redbeat import RedBeatSchedulerEntry
from redbeat.schedulers import get_redis

from .process import make_app

if TYPE_CHECKING:
    from collections.abc import Collection

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe")
TASK = "benchmark.nothing"
ARGS = '[1, "two"]'
A_DAY = timedelta(days=1)
A_YEAR = timedelta(days=365)
INTERVALS = 6
CRONTABS = 4
LIMIT_ROWS = 10_000


def fill(number: int, names: Collection[str]) -> None:
    """Make ``number`` entries of each of ``names``, and the table of the limit; due in days."""
    _empty()
    _fill_ours(number)
    if "peer" in names:
        _fill_peer(number)
    if "redbeat" in names:
        _fill_redbeat(number)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS beat_limit (id serial PRIMARY KEY, task text, args text, "
            "every integer, next_run timestamptz, last_run timestamptz, count integer DEFAULT 0)"
        )
        cursor.execute("CREATE INDEX IF NOT EXISTS beat_limit_next ON beat_limit (next_run)")
        cursor.execute(
            "INSERT INTO beat_limit (task, args, every, next_run) "
            "SELECT %s, %s, 86400, now() + interval '2 days' FROM generate_series(1, %s)",
            [TASK, ARGS, min(number, LIMIT_ROWS)],
        )
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE djcelery_periodictask, djcelery_periodictaskrun, djcelery_intervalschedule, "
            "djcelery_crontabschedule, django_celery_beat_periodictask, "
            "django_celery_beat_intervalschedule, django_celery_beat_crontabschedule CASCADE"
        )
        cursor.execute("DROP TABLE IF EXISTS beat_limit")


def _fill_ours(number: int) -> None:
    """Ten templates that the ORM plans, and copies of them in SQL, as if they had run before."""
    templates = [
        PeriodicTask(
            name=f"template {index}",
            task=TASK,
            args=ARGS,
            remark=UNKNOWN_TASK,
            interval=IntervalSchedule.objects.create(every=index + 1, period="days"),
        )
        for index in range(INTERVALS)
    ] + [
        PeriodicTask(
            name=f"template {INTERVALS + index}",
            task=TASK,
            args=ARGS,
            remark=UNKNOWN_TASK,
            crontab=CrontabSchedule.objects.create(
                minute=str(index), hour="3", day_of_month="1", month_of_year="1", timezone=zone
            ),
        )
        for index in range(CRONTABS)
        for zone in ZONES[index : index + 1]
    ]
    PeriodicTask.objects.bulk_create(templates)
    columns = [
        str(field.column)
        for field in PeriodicTask._meta.concrete_fields  # noqa: SLF001  # documented
        if field.column not in {"id", "name", "uid"}
    ]
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO djcelery_periodictask (name, uid, {names}) "  # noqa: S608  # all known
            f"SELECT 'entry ' || n, gen_random_uuid(), {names} FROM "
            f"(SELECT t.*, row_number() OVER (ORDER BY t.id) - 1 AS place FROM "
            f"djcelery_periodictask t) t JOIN generate_series(0, %s) n ON n %% 10 = t.place",
            [number - 1],
        )
        cursor.execute("DELETE FROM djcelery_periodictask WHERE name LIKE 'template %%'")


def _fill_peer(number: int) -> None:
    from django_celery_beat.models import CrontabSchedule as PeerCrontab  # noqa: PLC0415  # ready
    from django_celery_beat.models import IntervalSchedule as PeerInterval  # noqa: PLC0415
    from django_celery_beat.models import PeriodicTask as PeerTask  # noqa: PLC0415

    made: list[tuple[Any, Any]] = [
        (PeerInterval.objects.create(every=index + 1, period="days"), None)
        for index in range(INTERVALS)
    ] + [
        (
            None,
            PeerCrontab.objects.create(
                minute=str(index),
                hour="3",
                day_of_month="1",
                month_of_year="1",
                timezone=ZONES[index],
            ),
        )
        for index in range(CRONTABS)
    ]
    table = PeerTask._meta.db_table  # noqa: SLF001  # documented
    with connection.cursor() as cursor:
        for place, (interval, crontab) in enumerate(made):
            cursor.execute(
                f"INSERT INTO {table} (name, task, interval_id, crontab_id, args, kwargs, headers, "  # noqa: S608  # all known
                "one_off, enabled, last_run_at, total_run_count, date_changed, description) "
                "SELECT 'entry ' || n, %s, %s, %s, %s, '{}', '{}', false, true, now(), 0, now(), "
                "'' "
                "FROM generate_series(%s, %s, 10) n",
                [
                    TASK,
                    interval and interval.pk,
                    crontab and crontab.pk,
                    ARGS,
                    place,
                    number - 1,
                ],
            )


def empty_redis() -> None:
    """Delete what is in the database of Redis that celery-redbeat has here."""
    get_redis(make_app()).flushdb()


def _fill_redbeat(number: int) -> None:
    empty_redis()
    app = make_app()
    every = schedule(A_DAY)
    for index in range(number):
        entry = RedBeatSchedulerEntry(f"entry {index}", TASK, every, args=[1, "two"], app=app)
        entry.save()


def make_due(number: int, *, redbeat: bool) -> None:
    """Have ``number`` entries of each that run by intervals be due now."""
    due = datetime.now(UTC) - timedelta(seconds=1)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE djcelery_periodictask SET next_run_at = %s, check_at = %s WHERE id IN "
            "(SELECT id FROM djcelery_periodictask WHERE interval_id IS NOT NULL LIMIT %s)",
            [due, due, number],
        )
        cursor.execute(
            "UPDATE django_celery_beat_periodictask SET last_run_at = %s WHERE id IN (SELECT id "
            "FROM django_celery_beat_periodictask WHERE interval_id IS NOT NULL LIMIT %s)",
            [due - A_YEAR, number],
        )
        cursor.execute(
            "UPDATE beat_limit SET next_run = %s WHERE id IN (SELECT id FROM beat_limit LIMIT %s)",
            [due, number],
        )
    if redbeat:
        app = make_app()
        known: Any = app
        for key in get_redis(app).zrange(known.redbeat_conf.schedule_key, 0, number - 1):
            entry = RedBeatSchedulerEntry.from_key(key, app=app)
            entry.reschedule(last_run_at=due - A_YEAR)  # save() keeps when it has run
