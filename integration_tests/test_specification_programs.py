"""The programs of the guide, run through ``manage.py`` with the arguments they have always had.

``celeryd``, ``celeryctl``, ``celerybeat``, ``camqadm``, ``celeryev``; ``celeryd_multi`` has a
module of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from .conftest import MakeProject
    from .projects import Project

NODE = f"spec-{uuid4().hex}@shop"
SCHEDULE = {"often": {"task": "shop.tasks.add", "schedule": 1, "args": (1, 2)}}


@pytest.fixture(scope="module")
def project(make_shared_project: MakeProject) -> Project:
    """A project with a worker that was started as the guide says."""
    settings = {"INSTALLED_APPS": ["djcelery", "shop"], "CELERYBEAT_SCHEDULE": SCHEDULE}
    project = make_shared_project(settings=settings)
    project.manage("migrate", "--verbosity", "0")
    options = ("-E", "-P", "solo", "-n", NODE, "-l", "INFO")
    project.start("manage.py", "celeryd", *options, ready=" ready.")
    return project


def test_celeryd_runs_the_tasks_of_the_project(project: Project) -> None:
    assert project.call("add", 2, 3) == 5


def test_celeryctl_sends_a_task_and_asks_the_workers(project: Project) -> None:
    printed = project.manage("celeryctl", "apply", "shop.tasks.add", "--args=[3, 4]")

    assert project.app.AsyncResult(printed.split()[-1]).get(timeout=20, interval=0.02) == 7
    assert f"{NODE}: OK" in project.manage("celeryctl", "status")


def test_camqadm_purges_a_queue(project: Project) -> None:
    queue = project.settings["CELERY_TASK_DEFAULT_QUEUE"]

    assert "messages deleted" in project.manage("camqadm", "queue.purge", queue)


def test_celeryev_shows_the_events(project: Project) -> None:
    events = project.start("manage.py", "celeryev", "--dump", ready=NODE)  # a heartbeat

    task_id = project.send("add", 1, 1).id

    events.wait_for(task_id)


def test_celerybeat_sends_the_entries_of_the_schedule(project: Project) -> None:
    options = ("-l", "DEBUG", "-s", "schedule")

    beat = project.start("manage.py", "celerybeat", *options, ready=".add was sent as ")

    assert beat.terminate() == 0, beat.output
