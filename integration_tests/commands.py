"""What the tests of the management commands share."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager, suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .processes import Process
    from .projects import Project

QUIET = ("-l", "INFO", "--without-gossip", "--without-mingle")
TASKS = """\
import os
import sys

from celery import shared_task


@shared_task
def add(x, y):
    return x + y


@shared_task
def surroundings():
    from django.conf import settings

    return {
        "argv": sys.argv[1:],
        "APP": os.environ.get("APP"),
        "pid": os.getpid(),
        "cwd": os.getcwd(),
        "settings": settings.SETTINGS_MODULE,
        "loader": type(surroundings.app.loader).__name__,
        "main": surroundings.app.main,
    }
"""


def celeryd(project: Project, *options: str) -> Process:
    """Start ``manage.py celeryd``, under a node name of its own, and wait until it is ready."""
    node = ("-n", f"w@{uuid4().hex}")
    return project.start("manage.py", "celeryd", *QUIET, *node, *options, ready=" ready.")


def run(project: Project, *arguments: str) -> Process:
    """Run ``manage.py`` to its end."""
    process = project.start("manage.py", *arguments, ready="")
    process.wait()
    return process


def wait_for_times(process: Process, text: str, times: int, timeout: float = 60) -> None:
    """Wait until ``text`` has been printed so often."""
    with process._news:
        found = process._news.wait_for(lambda: process.output.count(text) >= times, timeout)
    assert found, process.output


def wait_for_log(path: Path, text: str, timeout: float = 30) -> None:
    """Wait until a process that is not our child has written ``text`` to its log."""
    deadline = monotonic() + timeout
    while not path.exists() or text not in path.read_text():
        assert monotonic() < deadline, f"{text!r} is not in {path}"
        sleep(0.05)


@contextmanager
def background(*pidfiles: Path) -> Iterator[None]:
    """Kill, in the end, the processes whose numbers are in ``pidfiles``."""
    try:
        yield
    finally:
        for pidfile in pidfiles:
            with suppress(FileNotFoundError, ProcessLookupError, ValueError):
                os.kill(int(pidfile.read_text()), signal.SIGKILL)
