"""A small real Django project in a folder of its own, and the real processes of it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from celery import Celery
from celery.exceptions import TimeoutError as ResultTimeoutError

from .processes import Process
from .services import transport_here
from .sources import project_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from celery.result import AsyncResult

Style = Literal["A", "B", "C"]


@dataclass(kw_only=True)
class Project:
    """A Django project with one app, ``shop``, and its Celery app.

    style "A": ``proj/celery.py`` with ``djcelery_loader.install(app)``, no ``setup_loader()``;
    style "B": ``setup_loader()`` in the settings, then ``Celery("proj")`` in ``proj/celery.py``;
    style "C": ``setup_loader()`` in the settings, no Celery app of the project's own.
    """

    path: Path
    style: Style
    settings: Mapping[str, Any]
    environment: dict[str, str] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)

    def write(self, files: Mapping[str, str]) -> None:
        """Write ``files``, by path inside the project, over what is there."""
        for name, text in (project_files(self.style, self.settings) | dict(files)).items():
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)

    @property
    def env(self) -> dict[str, str]:
        """The environment of the project's processes."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CELERY", "DJANGO", "PYTEST"))
            and name not in {"BROKER_URL", "DATABASE_URL"}
        }
        given = {"PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "conf.settings"}
        if self.style == "C":
            given["CELERY_LOADER"] = "djcelery_loader.loader.DjangoLoader"
        return inherited | given | self.environment

    @cached_property
    def app(self) -> Celery:
        """A Celery app of this process, to send tasks by name and to wait for their results."""
        config = {name: value for name, value in self.settings.items() if name.startswith("CELERY")}
        app = Celery("client", fixups=[], set_as_current=False, namespace="CELERY")
        app.config_from_object(config | transport_here(config), namespace="CELERY")
        return app

    def send(self, task: str, *args: Any, **options: Any) -> AsyncResult[Any]:
        """Send ``shop.tasks.<task>``; ``options`` are those of ``apply_async``."""
        return self.app.send_task(f"shop.tasks.{task}", args, **options)

    def call(self, task: str, *args: Any, timeout: float = 20) -> Any:
        """Send ``shop.tasks.<task>`` and wait for its result."""
        try:
            return self.send(task, *args).get(timeout=timeout, interval=0.02)
        except ResultTimeoutError:
            printed = "\n".join(process.output for process in self.processes)
            raise AssertionError(f"{task}{args} has no result; printed:\n{printed}") from None

    def python(self, code: str, *, check: bool = True) -> str:
        """What ``code`` prints in a new interpreter of the project, errors included."""
        return self._run(sys.executable, "-W", "default", "-c", code, check=check)

    def manage(self, *args: str, check: bool = True) -> str:
        """What ``manage.py`` prints, errors included."""
        return self._run(sys.executable, "manage.py", *args, check=check)

    def start(self, *args: str, ready: str) -> Process:
        """Start ``python *args`` in a session of its own and wait until it prints ``ready``."""
        process = Process([sys.executable, *args], cwd=self.path, env=self.env)
        self.processes.append(process)
        process.wait_for(ready)
        return process

    def celery(self, *args: str, ready: str) -> Process:
        """Start Celery's own program for this project and wait until it prints ``ready``."""
        app = [] if self.style == "C" else ["-A", "proj"]
        return self.start("-m", "celery", *app, *args, ready=ready)

    def worker(self, *options: str, pool: str = "solo") -> Process:
        """Start a worker with its own node name and wait until it says that it is ready."""
        node = f"{uuid4().hex}@project"
        quiet = ("--without-gossip", "--without-mingle", "-l", "INFO")
        return self.celery("worker", "-P", pool, "-n", node, *quiet, *options, ready=" ready.")

    def stop(self) -> None:
        """Kill every process that is still running."""
        for process in self.processes:
            process.kill()

    def _run(self, *command: str, check: bool) -> str:
        done = subprocess.run(
            command,
            cwd=self.path,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout
        return done.stdout
