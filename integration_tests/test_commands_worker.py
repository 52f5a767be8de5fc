"""``manage.py celeryd`` is Celery's worker."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from .commands import QUIET, TASKS, background, celeryd, run, wait_for_times

if TYPE_CHECKING:
    from .conftest import MakeProject

ELSEWHERE = """\
from conf.settings import *

CELERY_BROKER_URL = "amqp://127.0.0.1:1//"
"""
FOREIGN = {
    "APP": "absent",
    "LOADER": "absent",
    "CONFIG_MODULE": "absent",
    "RESULT_BACKEND": "absent",
    "SKIP_CHECKS": "absent",
    "NO_COLOR": "absent",
    "CELERY_VERSION": "5.7",
}


def test_a_task_runs_and_the_command_line_stays_that_of_manage_py(
    make_project: MakeProject,
) -> None:
    project = make_project(files={"shop/tasks.py": TASKS})
    celeryd(project, "-P", "solo", "--maxtasksperchild", "9")

    found = project.call("surroundings")

    assert found["argv"][:3] == ["celeryd", *QUIET[:2]]
    assert found["argv"][-4:] == ["-P", "solo", "--maxtasksperchild", "9"]


def test_variables_of_others_change_nothing_and_reach_the_tasks(make_project: MakeProject) -> None:
    project = make_project(files={"shop/tasks.py": TASKS})
    project.environment.update(FOREIGN)
    celeryd(project, "-P", "solo")

    assert project.call("surroundings")["APP"] == "absent"


def test_settings_and_broker_may_be_named_behind_the_other_options(
    make_project: MakeProject,
) -> None:
    project = make_project(files={"shop/tasks.py": TASKS, "conf/elsewhere.py": ELSEWHERE})
    broker = project.settings["CELERY_BROKER_URL"]

    celeryd(project, "-P", "solo", "--settings=conf.elsewhere", "-b", broker)

    assert project.call("surroundings")["settings"] == "conf.elsewhere"


def test_a_worker_stops_warm_on_sigterm(make_project: MakeProject) -> None:
    worker = celeryd(make_project(), "-c", "1")

    assert worker.terminate() == 0
    assert "Warm shutdown" in worker.output


def test_a_worker_stops_warm_on_ctrl_c_and_says_what_a_second_one_does(
    make_project: MakeProject,
) -> None:
    worker = celeryd(make_project(), "-c", "1")

    worker.signal(signal.SIGINT)

    assert worker.wait() == 1
    assert "Hitting Ctrl+C again" in worker.output
    assert "Warm shutdown" in worker.output


@pytest.mark.parametrize("program", [["manage.py"], ["-m", "django"]])
def test_a_worker_starts_again_on_sighup(make_project: MakeProject, program: list[str]) -> None:
    project = make_project()
    options = (*QUIET, "-P", "solo", "-n", f"w@{uuid4().hex}")
    worker = project.start(*program, "celeryd", *options, ready=" ready.")

    worker.signal(signal.SIGHUP)
    worker.wait_for("Restarting celery worker")
    wait_for_times(worker, " ready.", 2)

    assert project.call("add", 2, 3) == 5


def test_an_option_that_celery_does_not_know_is_an_error_of_usage(
    make_project: MakeProject,
) -> None:
    command = run(make_project(), "celeryd", "--no-such-option")

    assert command.wait() == 2
    assert "manage.py celeryd --help" in command.output


@pytest.mark.parametrize("ask", [("celeryd", "--help"), ("help", "celeryd")])
def test_help_shows_the_options_of_both_sides(
    make_project: MakeProject, ask: tuple[str, str]
) -> None:
    printed = make_project().manage(*ask)

    assert printed.startswith("Usage: manage.py celeryd [OPTIONS]")
    assert {"--concurrency", "--broker", "--settings", "--autoreload"} <= set(
        printed.replace(",", " ").split()
    )


def test_a_worker_in_the_background_is_one_of_manage_py(make_project: MakeProject) -> None:
    project = make_project(files={"shop/tasks.py": TASKS})
    pidfile, log = project.path / "w.pid", project.path / "w.log"
    (project.path / "var").mkdir()

    with background(pidfile):
        project.manage(
            "celeryd_detach",
            "--workdir=var",
            *QUIET,
            "-P",
            "solo",
            "-n",
            f"w@{uuid4().hex}",
            f"--pidfile={pidfile}",
            "--logfile",
            str(log),
        )

        found = project.call("surroundings")

    assert found["argv"][:2] == ["celeryd", "-l"]
    assert found["cwd"] == str(project.path / "var")


PATCHED = """

@shared_task
def is_patched():
    import gevent.monkey

    return gevent.monkey.is_module_patched("ssl")
"""


def test_a_pool_of_greenlets_gets_its_modules_patched(make_project: MakeProject) -> None:
    pytest.importorskip("gevent")
    project = make_project(files={"shop/tasks.py": TASKS + PATCHED})
    celeryd(project, "-P", "gevent", "-c", "2")

    assert project.call("is_patched") is True
