"""``celeryd --autoreload`` restarts the worker when a file has changed; nothing is left behind."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from .commands import TASKS, celeryd, wait_for_times

if TYPE_CHECKING:
    from .conftest import MakeProject
    from .processes import Process
    from .projects import Project

BROKEN = "def broken(:\n"
MORE = "\n\n@shared_task\ndef double(x):\n    return 2 * x\n"


def watched(project: Project, *options: str) -> Process:
    return celeryd(project, "--autoreload", *options)


def change(project: Project, text: str) -> None:
    """Write the tasks with a time that no file had before: clocks of files may be coarse."""
    path = project.path / "shop/tasks.py"
    later = path.stat().st_mtime + 2
    path.write_text(text)
    os.utime(path, (later, later))


def processes_in(path: Path) -> list[str]:
    """The processes that work in the folder of a project."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == path:
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def assert_nothing_is_left(project: Project) -> None:
    deadline = monotonic() + 30
    while (left := processes_in(project.path)) and monotonic() < deadline:
        sleep(0.05)
    assert left == []


def test_a_changed_task_is_run_as_it_is_now(make_project: MakeProject) -> None:
    project = make_project(files={"shop/tasks.py": TASKS})
    worker = watched(project, "-c", "2")

    change(project, TASKS + MORE)
    wait_for_times(worker, " ready.", 2)

    assert "Warm shutdown" in worker.output
    assert project.call("double", 4) == 8
    assert len(processes_in(project.path)) == 4  # watcher, worker and its pool


def test_a_broken_module_is_shown_and_the_next_change_awaited(make_project: MakeProject) -> None:
    project = make_project(files={"shop/tasks.py": TASKS})
    worker = watched(project, "-P", "solo")

    change(project, BROKEN)
    worker.wait_for("waiting for a file to change", timeout=60)
    assert "SyntaxError" in worker.output
    change(project, TASKS)

    wait_for_times(worker, " ready.", 2)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 1), (signal.SIGKILL, -9)]
)
def test_when_the_watcher_ends_the_worker_ends_warm_with_its_pool(
    make_project: MakeProject, number: signal.Signals, code: int
) -> None:
    project = make_project()
    worker = watched(project, "-c", "2")

    worker.signal(number)

    assert worker.wait(60) == code
    assert_nothing_is_left(project)
    assert "Warm shutdown" in worker.output


def test_a_worker_that_is_shut_down_ends_its_watcher(make_project: MakeProject) -> None:
    project = make_project()
    node = f"w@{uuid4().hex}"
    worker = watched(project, "-P", "solo", "-n", node)

    project.app.control.shutdown(destination=[node])

    assert worker.wait(60) == 0


def test_a_worker_that_is_killed_ends_its_watcher_with_the_exit_code_of_shells(
    make_project: MakeProject,
) -> None:
    project = make_project(files={"shop/tasks.py": TASKS})
    worker = watched(project, "-P", "solo")

    os.kill(project.call("surroundings")["pid"], signal.SIGKILL)

    assert worker.wait(60) == 128 + signal.SIGKILL


def test_a_hangup_starts_the_worker_again(make_project: MakeProject) -> None:
    project = make_project(files={"shop/tasks.py": TASKS})
    worker = watched(project, "-P", "solo")
    first = project.call("surroundings")["pid"]

    worker.signal(signal.SIGHUP)
    wait_for_times(worker, " ready.", 2)

    assert project.call("surroundings")["pid"] != first
