"""The programs of the guide, run through ``manage.py``, and what the change log says of them.

``celeryd``, ``celeryctl``, ``celerybeat``, ``camqadm``, ``celeryev``, ``celeryd_multi``; 2.4.1: the
commands have their arguments, and ``--broker/-b``; 2.5.0: ``celeryd_multi`` keeps the options of
Django (``--settings``, ``--pythonpath``), and autoreload.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from .conftest import MakeProject
    from .projects import Project

NODE = f"spec-{uuid4().hex}@shop"
NOT_THE_BROKER = "memory://"
CHANGED_TASKS = """\
import os

from celery import shared_task

print("the changed tasks")


@shared_task
def add(x, y):
    return x + y, os.getpid(), os.getppid()
"""
SCHEDULE = {"often": {"task": "shop.tasks.add", "schedule": 0.2, "args": (1, 2)}}


@pytest.fixture(scope="module")
def project(make_shared_project: MakeProject) -> Project:
    """A project with a worker that was started as the guide says."""
    settings = {"INSTALLED_APPS": ["djcelery", "shop"], "CELERYBEAT_SCHEDULE": SCHEDULE}
    project = make_shared_project(settings=settings)
    options = ("-E", "-P", "solo", "-n", NODE, "-l", "INFO")
    project.start("manage.py", "celeryd", *options, ready=" ready.")
    return project


def test_celeryd_runs_the_tasks_of_the_project(project: Project) -> None:
    assert project.call("add", 2, 3) == 5


def test_celeryctl_asks_the_workers(project: Project) -> None:
    assert f"{NODE}: OK" in project.manage("celeryctl", "status")


def test_celeryctl_sends_a_task(project: Project) -> None:
    printed = project.manage("celeryctl", "apply", "shop.tasks.add", "--args=[3, 4]")

    assert project.app.AsyncResult(printed.split()[-1]).get(timeout=20, interval=0.02) == 7


def test_camqadm_declares_and_deletes_a_queue(project: Project) -> None:
    queue = f"spec-{uuid4().hex}"

    assert f"queue:{queue}" in project.manage("camqadm", "queue.declare", queue)
    assert "OK" in project.manage("camqadm", "queue.delete", queue)


def test_celeryev_shows_the_events(project: Project) -> None:
    events = project.start("manage.py", "celeryev", "--dump", ready=NODE)  # a heartbeat

    task_id = project.send("add", 1, 1).id

    events.wait_for(task_id)


def test_celerybeat_sends_the_entries_of_the_schedule(project: Project) -> None:
    options = ("-l", "INFO", "-s", "schedule")

    beat = project.start("manage.py", "celerybeat", *options, ready="Sending due task often")

    assert beat.terminate() == 0


@pytest.mark.parametrize("option", ["--broker", "-b"])
def test_a_command_takes_another_broker(project: Project, option: str) -> None:
    printed = project.manage("celeryctl", "report", option, NOT_THE_BROKER)

    assert "transport:memory" in printed


def test_celeryd_multi_keeps_the_options_of_django(project: Project) -> None:
    django = ("--settings=conf.settings", "--pythonpath=.")

    printed = project.manage("celeryd_multi", "show", "spec1", *django)

    assert "--settings=conf.settings" in printed
    assert f"--pythonpath={project.path}" in printed


def test_celeryd_autoreload_takes_changed_tasks_and_leaves_no_process_behind(
    make_project: MakeProject,
) -> None:
    project = make_project()
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    options = ("--autoreload", "-P", "solo", "-n", f"reloaded-{NODE}", "-l", "INFO", *quiet)
    watcher = project.start("manage.py", "celeryd", *options, ready=" ready.")
    assert project.call("add", 2, 3) == 5

    project.write({"shop/tasks.py": CHANGED_TASKS})
    watcher.wait_for("the changed tasks")
    total, worker, parent = project.call("add", 2, 3)

    assert (total, parent) == (5, watcher.pid)
    assert watcher.terminate() == 0
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
