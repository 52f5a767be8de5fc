"""Beat as its users run it: in both styles of project, alone and several, stopped and killed."""

from __future__ import annotations

import signal
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections
from djcelery_models.models import BeatProcess, IntervalSchedule, PeriodicTask, PeriodicTaskRun

from .poolers import pgbouncer, program
from .services import end_connections

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django import DjangoDbBlocker

    from .conftest import MakeProject
    from .processes import Process
    from .projects import Project, Style

TASKS = """\
from celery import shared_task


@shared_task(bind=True)
def tell(self, word):
    print(f"told {word} by {self.request.periodic_task_name}", flush=True)
"""
EVERY_SECOND = """
from djcelery_models.models import IntervalSchedule, PeriodicTask

PeriodicTask.objects.create(
    name="each second", task="shop.tasks.tell", args='["yes"]',
    interval=IntervalSchedule.from_schedule(1),
)
"""
READY = "beat: Starting"


def make_beat_project(
    make: MakeProject, *, style: Style = "C", database: Any = None, **settings: Any
) -> Project:
    """A project with djcelery_beat, nothing else of ours listed, and its tables."""
    project = make(
        style=style,
        settings={"INSTALLED_APPS": ["djcelery_beat", "shop"], **settings},
        files={"shop/tasks.py": TASKS},
        database=database,
    )
    project.manage("migrate", "--verbosity", "0")
    return project


def beat_of(project: Project, *options: str) -> Process:
    return project.start("manage.py", "celerybeat", "-l", "INFO", *options, ready=READY)


@pytest.fixture
def reading(django_db_blocker: DjangoDbBlocker) -> Iterator[Any]:
    """Have the models of this process read the database of a project."""
    before = connections.settings
    connection = connections["default"]

    def read(project: Project) -> None:
        connections.settings = connections.configure_settings(dict(project.settings["DATABASES"]))
        del connections["default"]

    with django_db_blocker.unblock():
        yield read
        connections["default"].close()
        connections.settings = before
        connections["default"] = connection


@pytest.mark.parametrize("style", ["A", "B", "C"])
def test_an_entry_runs_in_each_style_of_project(make_project: MakeProject, style: Style) -> None:
    project = make_beat_project(make_project, style=style)
    project.python(f"import django; django.setup(){EVERY_SECOND}")
    worker = project.worker()

    beat_of(project)

    worker.wait_for("told yes by each second")


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        (("-S", "djcelery"), {}),
        (("-S", "djcelery.schedulers.DatabaseScheduler"), {}),
        ((), {"CELERYBEAT_SCHEDULER": "djcelery_beat.schedulers:DatabaseScheduler"}),
    ],
)
def test_celerys_own_beat_takes_the_scheduler(
    make_project: MakeProject, options: tuple[str, ...], settings: dict[str, Any]
) -> None:
    project = make_beat_project(make_project, **settings)
    project.python(f"import django; django.setup(){EVERY_SECOND}")
    worker = project.worker()

    project.celery("beat", "-l", "INFO", *options, ready=READY)

    worker.wait_for("told yes by each second")


@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_a_worker_has_a_beat_inside(make_project: MakeProject, pool: str) -> None:
    project = make_beat_project(make_project)
    project.python(f"import django; django.setup(){EVERY_SECOND}")

    worker = project.worker("-B", "--scheduler", "djcelery", "-c", "1", pool=pool)

    worker.wait_for("told yes by each second")


def test_the_settings_run_without_a_line_of_sql(make_project: MakeProject) -> None:
    schedule = {"from code": {"task": "shop.tasks.tell", "schedule": 1, "args": ["code"]}}
    project = make_beat_project(make_project, CELERYBEAT_SCHEDULE=schedule)
    worker = project.worker()

    beat_of(project)

    worker.wait_for("told code by from code")
    assert "Beat keeps up." in project.manage("celerybeat_status")
    assert "sent as task" in project.manage("celerybeat_why", "from code")


def test_an_edit_in_sql_is_acted_on_without_a_restart(
    make_project: MakeProject, reading: Any
) -> None:
    project = make_beat_project(make_project)
    worker = project.worker()
    beat_of(project)
    reading(project)
    daily = IntervalSchedule.from_schedule(86_400)
    entry = PeriodicTask.objects.create(
        name="entry", task="shop.tasks.tell", args='["edited"]', interval=daily
    )

    with connections["default"].cursor() as cursor:
        cursor.execute(
            "UPDATE djcelery_periodictask SET interval_id = %s, check_at = %s WHERE id = %s",
            [IntervalSchedule.from_schedule(1).pk, long_ago(), entry.pk],
        )

    worker.wait_for("told edited by entry")


def long_ago() -> str:
    return (
        "2000-01-01 00:00:00+00:00"
        if connections["default"].vendor == "postgresql"
        else ("2000-01-01 00:00:00")
    )


@pytest.mark.postgresql
def test_an_edit_counts_through_a_pooler_and_under_repeatable_read(
    make_project: MakeProject, tmp_path: Path, reading: Any
) -> None:
    from psycopg import IsolationLevel  # only where that database is

    assert program() is not None
    project = make_beat_project(make_project)
    reading(project)
    worker = project.worker()
    with pgbouncer(tmp_path) as port:
        behind = {
            **project.settings["DATABASES"]["default"],
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "DISABLE_SERVER_SIDE_CURSORS": True,
            "OPTIONS": {"isolation_level": IsolationLevel.REPEATABLE_READ.value},
        }
        given = project.settings
        project.settings = {**given, "DATABASES": {"default": behind}}
        project.write({"shop/tasks.py": TASKS})
        project.settings = given
        beat = beat_of(project)
        PeriodicTask.objects.create(
            name="pooled",
            task="shop.tasks.tell",
            args='["pooled"]',
            interval=IntervalSchedule.from_schedule(1),
        )
        worker.wait_for("told pooled by pooled")
        assert beat.terminate() == 0


def test_beat_ends_at_once_and_in_good_order(make_project: MakeProject, reading: Any) -> None:
    project = make_beat_project(make_project)
    reading(project)
    fill(200)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
        beat = beat_of(project)
        await_number(PeriodicTaskRun, PeriodicTaskRun.objects.count() + 1)
        beat.signal(number)
        assert beat.wait(timeout=10) == 0, beat.output

    ids = list(PeriodicTaskRun.objects.exclude(task_id=None).values_list("task_id", flat=True))
    arrived = drained(project)
    assert len(arrived) == len(set(arrived)) > 0
    assert set(arrived) == set(ids)
    assert BeatProcess.objects.exclude(ended_at=None).count() == 3


def fill(number: int) -> None:
    every = IntervalSchedule.from_schedule(1)
    PeriodicTask.objects.bulk_create(
        PeriodicTask(name=f"entry {index}", task="shop.tasks.tell", args="[1]", interval=every)
        for index in range(number)
    )


def await_number(model: Any, number: int) -> None:
    """Wait until there are so many rows."""
    deadline = monotonic() + 30
    while model.objects.count() < number:
        assert monotonic() < deadline, f"{model.objects.count()} rows of {model.__name__}"
        sleep(0.02)


def drained(project: Project) -> list[str]:
    """The ids of the tasks in the queue."""
    with project.app.connection_for_read() as connection:
        queue = project.app.amqp.queues[project.app.conf.task_default_queue]
        bound = queue(connection.channel())
        return [message.headers["id"] for message in iter(lambda: bound.get(no_ack=True), None)]


def test_two_beats_share_the_work_and_double_nothing(
    make_project: MakeProject, reading: Any
) -> None:
    project = make_beat_project(make_project)
    reading(project)
    fill(50)
    beats = [beat_of(project), beat_of(project)]

    await_number(BeatProcess, 2)
    await_number(PeriodicTaskRun, 200)
    for beat in beats:
        beat.signal(signal.SIGTERM)
    for beat in beats:
        assert beat.wait() == 0

    arrived = drained(project)
    assert len(arrived) == len(set(arrived)) > 0
    assert set(arrived) == {run.task_id for run in PeriodicTaskRun.objects.exclude(task_id=None)}
    assert BeatProcess.objects.count() == 2


@pytest.mark.parametrize(
    "server",
    [
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mariadb", marks=pytest.mark.mariadb),
    ],
)
def test_beat_goes_on_after_a_failover_of_the_database(
    make_project: MakeProject, reading: Any, server: str
) -> None:
    project = make_beat_project(make_project)
    reading(project)
    fill(1)
    beat = beat_of(project)
    await_number(PeriodicTaskRun, 1)

    assert end_connections(project.settings["DATABASES"]["default"])
    connections["default"].close()
    before = PeriodicTaskRun.objects.count()

    await_number(PeriodicTaskRun, before + 2)
    assert "Traceback" not in beat.output, server


def test_beat_waits_for_tables_and_begins_once_they_are_there(make_project: MakeProject) -> None:
    project = make_project(
        settings={"INSTALLED_APPS": ["djcelery_beat", "shop"]}, files={"shop/tasks.py": TASKS}
    )
    beat = beat_of(project)
    beat.wait_for("manage.py migrate")

    project.manage("migrate", "--verbosity", "0")
    project.python(f"import django; django.setup(){EVERY_SECOND}")
    worker = project.worker()

    worker.wait_for("told yes by each second")
    beat.wait_for("beat works again")
