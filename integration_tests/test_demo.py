"""The example site: ``demo`` and ``demo --smoke``, as real processes in a copy of its folder."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from celery import Celery

from .processes import Process
from .services import database_settings, delete_queue, drop_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest.mark import ParameterSet
    from pytest_django import DjangoDbBlocker

EXAMPLE_SITE = Path(__file__).resolve().parent.parent / "example_site"
CHILDREN = ("web", "worker", "beat")


@dataclass(kw_only=True)
class Demo:
    """A copy of the example site, and what runs in it."""

    folder: Path
    started: list[Process] = field(default_factory=list)

    def start(self, *arguments: str, **environment: str) -> Process:
        """``demo.py`` with what it is given alone: no server that this process knows of."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CELERY", "DJANGO", "PYTEST"))
            and name not in {"BROKER_URL", "DATABASE_URL"}
        }
        command = [sys.executable, "demo.py", *arguments]
        process = Process(command, cwd=self.folder, env=inherited | environment)
        self.started.append(process)
        return process

    def pid_file(self, child: str, *, mode: str = "smoke") -> Path:
        return self.folder / "var" / mode / "run" / f"{child}.pid"

    def running(self, *, mode: str) -> list[str]:
        """The children of which any process is alive: these hold the locks on the pid files."""
        return [child for child in CHILDREN if is_locked(self.pid_file(child, mode=mode))]

    def kill(self) -> None:
        """End all processes, however the test has gone."""
        for process in self.started:
            process.kill()
        for path in self.folder.glob("var/*/run/*.pid"):
            if is_locked(path):
                os.killpg(int(path.read_text()), signal.SIGKILL)


def is_locked(path: Path) -> bool:
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    demo = Demo(folder=tmp_path / "a path with spaces")
    shutil.copytree(
        EXAMPLE_SITE, demo.folder, ignore=shutil.ignore_patterns("var", "__pycache__", ".*")
    )
    yield demo
    demo.kill()


def assert_passes(smoke: Process) -> None:
    code = smoke.wait(timeout=90)
    assert code == 0, smoke.output
    assert "all is well" in smoke.output


def test_the_smoke_test_passes_after_a_killed_run_and_once_more(demo: Demo) -> None:
    killed = demo.start("--smoke")
    killed.wait_for("uploaded")
    killed.signal(signal.SIGKILL)
    killed.wait()
    assert demo.running(mode="smoke") == list(CHILDREN)

    assert_passes(demo.start("--smoke"))
    assert_passes(demo.start("--smoke"))

    assert demo.running(mode="smoke") == []


def test_ctrl_c_stops_all_processes(demo: Demo) -> None:
    running = demo.start("--no-browser")
    running.wait_for("Ctrl-C stops everything")
    assert demo.running(mode="demo") == list(CHILDREN)

    running.signal(signal.SIGINT)

    assert running.wait() == 0
    assert demo.running(mode="demo") == []


def test_a_second_demo_in_the_same_folder_is_refused(demo: Demo) -> None:
    lock = demo.pid_file("demo").with_suffix(".lock")
    lock.parent.mkdir(parents=True)
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)

        second = demo.start("--smoke")

        assert second.wait() == 1
    assert "running already" in second.output


def test_the_smoke_test_fails_when_the_worker_dies(demo: Demo) -> None:
    smoke = demo.start("--smoke")
    smoke.wait_for("the worker answers")

    os.kill(int(demo.pid_file("worker").read_text()), signal.SIGKILL)

    assert smoke.wait() == 1
    assert "FAILED: worker has ended by itself" in smoke.output
    assert "worker | " in smoke.output


def test_a_broker_that_does_not_answer_is_named(demo: Demo) -> None:
    smoke = demo.start("--smoke", BROKER_URL="redis://127.0.0.1:1/0")

    assert smoke.wait() == 1
    assert "BROKER_URL: redis://:**@127.0.0.1:1/0 does not answer" in smoke.output


@pytest.fixture
def database_url(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The address of a new database on the server of ``DATABASE_URL``."""
    with django_db_blocker.unblock():
        settings = database_settings(tmp_path, {})
        yield urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{settings['NAME']}").geturl()
        drop_database(settings)


@pytest.fixture
def queue() -> Iterator[str]:
    """The name of a new queue at ``BROKER_URL``."""
    name = f"djcelery-{uuid4().hex}"
    yield name
    app = Celery(broker=os.environ["BROKER_URL"], fixups=[], set_as_current=False)
    app.conf.task_default_queue = name
    delete_queue(app)


def on(*servers: str) -> list[ParameterSet]:
    return [pytest.param(server, marks=getattr(pytest.mark, server)) for server in servers]


@pytest.mark.parametrize("_database", on("postgresql", "mariadb"))
@pytest.mark.parametrize("_broker", on("rabbitmq", "redis"))
def test_the_smoke_test_passes_on_servers(
    demo: Demo, database_url: str, queue: str, _database: str, _broker: str
) -> None:
    smoke = demo.start(
        "--smoke",
        DATABASE_URL=database_url,
        BROKER_URL=os.environ["BROKER_URL"],
        GALLERY_QUEUE=queue,
    )

    assert_passes(smoke)
