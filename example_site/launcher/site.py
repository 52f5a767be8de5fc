"""The web server, the worker and beat: started, watched and stopped together."""

from __future__ import annotations

import http.client
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Self

from celery import current_app

from .child import Child
from .errors import DemoError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from .console import Console

FOLDER = Path(__file__).resolve().parent.parent
START_SECONDS = 30.0
STOP_SECONDS = 15.0
PAUSE_SECONDS = 0.1


class Site:
    """All processes of the site; in a ``with`` block they run, after it none is left."""

    def __init__(self, *, state: Path, port: int, console: Console) -> None:
        self.url = f"http://127.0.0.1:{port}/"
        self.worker = f"gallery{os.getpid()}@{socket.gethostname()}"
        self._console = console
        self._ended: SimpleQueue[Child] = SimpleQueue()
        self.children = [
            Child(name, command, folder=state / "run", ended=self._ended)
            for name, command in self._commands(port)
        ]

    def _commands(self, port: int) -> list[tuple[str, list[str]]]:
        manage = [sys.executable, "manage.py"]
        processes = str(min(4, os.cpu_count() or 1))
        web = ["runserver", f"127.0.0.1:{port}", "--noreload", "--insecure"]
        worker = ["celeryd", "-E", "-n", self.worker, "-c", processes, "--loglevel=INFO"]
        beat = ["celerybeat", "--loglevel=INFO", "--pidfile="]
        return [
            ("web", [*manage, *web]),
            ("worker", [*manage, *worker, "--without-mingle", "--without-gossip"]),
            ("beat", [*manage, *beat]),
        ]

    def __enter__(self) -> Self:
        try:
            for child in self.children:
                child.start(FOLDER, self._console)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def wait_until_ready(self) -> None:
        """Return when the page is served and the worker answers; DemoError if they do not."""
        self.wait_for(self._serves, "the web server to answer", START_SECONDS)
        self.wait_for(self._works, "the worker to answer", START_SECONDS)

    def wait_for(self, is_so: Callable[[], object], what: str, seconds: float) -> None:
        """Ask until ``is_so()``; DemoError after ``seconds`` or if a process ends meanwhile."""
        deadline = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > deadline:
                raise DemoError(f"waited {seconds:.0f} seconds in vain for {what}")
            self._look(PAUSE_SECONDS)

    def watch(self) -> None:
        """Return never; DemoError as soon as a process ends."""
        while True:
            self._look(1.0)

    def stop(self) -> None:
        """Stop all processes, the patient way first; a KeyboardInterrupt ends the patience."""
        deadline = time.monotonic() + STOP_SECONDS
        try:
            for child in self.children:
                child.ask_to_stop()
            for child in self.children:
                child.wait(max(0.0, deadline - time.monotonic()))
        except KeyboardInterrupt:
            self._console.say("killing what is left")
        finally:
            for child in self.children:
                child.kill()

    def _look(self, seconds: float) -> None:
        try:
            child = self._ended.get(timeout=seconds)
        except Empty:
            return
        raise DemoError(f"{child.name} has ended by itself, with exit code {child.exit_code}")

    def _serves(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}progress/", timeout=5) as response:  # noqa: S310
                return bool(response.status == http.client.OK)
        except urllib.error.HTTPError as error:
            raise DemoError(f"the page answers {error.code} {error.reason}") from error
        except OSError:
            return False

    def _works(self) -> bool:
        return bool(current_app.control.ping(destination=[self.worker], timeout=1.0))
