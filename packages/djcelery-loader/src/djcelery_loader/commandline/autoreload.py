"""``celeryd --autoreload``: this process watches the files, a child of it is the worker."""

from __future__ import annotations

import signal
import sys
import sysconfig
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from django.apps import apps
from django.utils.autoreload import StatReloader, file_changed

from .reloadedprocess import ReloadedProcess

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .relaunch import Relaunch

POLL_SECONDS = 0.2
STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
SIGNALLED = 128
"""What shells add to the number of the signal that ended a process."""


def watch(relaunch: Relaunch) -> int:
    """Have a child of this process run the command, again and again; the last exit code."""
    return Autoreloader([*relaunch.program, relaunch.command, *relaunch.arguments]).run()


class Autoreloader:
    """Runs a worker as a child process and starts it again, warm, when a file has changed.

    A worker that fails, for what is in the files, is started again when they have changed; one
    that ends in any other way ends the watcher too. Signals are handed on to the worker.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: ReloadedProcess | None = None
        self._start = threading.Lock()  # a change is either before a start or after it
        self._is_changed = False
        self._is_stopping = False
        self._files = StatReloader()
        for folder in project_folders():
            self._files.watch_dir(folder, "**/*.py")

    def run(self) -> int:
        """Start the worker as often as needed; the exit code of the last one."""
        file_changed.connect(self._on_change)
        threading.Thread(target=self._files.run_loop, daemon=True).start()
        self._hand_on_signals()
        while True:
            process = self._start_process()
            code = process.wait()
            if process.has_failed and not self._is_done():
                click.echo("The worker failed: waiting for a file to change.", err=True)
                while not self._is_done():
                    time.sleep(POLL_SECONDS)
            if self._is_stopping or not self._is_changed:
                return SIGNALLED - code if code < 0 else code

    def _is_done(self) -> bool:
        return self._is_changed or self._is_stopping

    def _start_process(self) -> ReloadedProcess:
        with self._start:
            self._is_changed = False
            self._process = ReloadedProcess(self._command, self._watch)
        if self._is_stopping:  # the signal came while there was nothing to hand it on to
            self._process.send_signal(signal.SIGTERM)
        return self._process

    def _watch(self, path: Path) -> None:
        self._files.extra_files = self._files.extra_files | {path}  # the old set is being read

    def _on_change(self, *, sender: object, file_path: Path, **_kwargs: Any) -> bool:
        """Stop the worker; True tells Django that it need not reload this process."""
        if sender is not self._files:
            return False
        click.echo(f"{file_path} has changed: the worker is restarted.", err=True)
        with self._start:
            self._restart()
        return True

    def _restart(self) -> None:
        self._is_changed = True
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)

    def _hand_on_signals(self) -> None:
        for number in (*STOPPING, signal.SIGUSR1):
            signal.signal(number, self._hand_on)
        if not sys.stdin.isatty():  # as in Celery: closing a terminal is no request to restart
            signal.signal(signal.SIGHUP, lambda *_: self._restart())

    def _hand_on(self, number: int, _frame: object) -> None:
        self._is_stopping = self._is_stopping or number in STOPPING
        if self._process is not None:
            self._process.send_signal(number)


def project_folders() -> list[Path]:
    """The folders of the installed apps that are not in a library folder of Python."""
    libraries = [Path(path) for path in sysconfig.get_paths().values()]
    folders = [Path(config.path) for config in apps.get_app_configs()]
    return [
        folder
        for folder in folders
        if not any(folder.is_relative_to(library) for library in libraries)
    ]
