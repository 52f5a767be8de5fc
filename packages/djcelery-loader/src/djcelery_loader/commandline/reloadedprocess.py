"""The worker of ``celeryd --autoreload`` as its watcher sees it."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from .reloaded import FAILED, VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

JOIN_SECONDS = 1
"""The last words of the worker are there by then; a child that survives it keeps the link open."""


class ReloadedProcess:
    """A worker in a process group of its own, so that Ctrl-C reaches it once, by the watcher.

    Over a socket it tells which files it has loaded; the end of the watcher, however it comes,
    closes the socket, and the worker stops.
    """

    def __init__(self, command: Sequence[str], on_file: Callable[[Path], None]) -> None:
        self._on_file = on_file
        self._is_up = False
        self._said_failed = False
        self._link, link_of_worker = socket.socketpair()
        with link_of_worker:
            self._process = subprocess.Popen(  # noqa: S603  # our own command line once more
                command,
                env={**os.environ, VARIABLE: str(link_of_worker.fileno())},
                pass_fds=[link_of_worker.fileno()],
                process_group=0,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def has_failed(self) -> bool:
        """Whether it ended for an error in the project's code, its settings included."""
        return self._said_failed or not self._is_up

    def send_signal(self, number: int) -> None:
        self._process.send_signal(number)

    def wait(self) -> int:
        """The exit code, negative after a signal, once the process has ended."""
        code = self._process.wait()
        self._reader.join(JOIN_SECONDS)
        self._link.close()
        return code

    def _read(self) -> None:
        with self._link.makefile(encoding="utf-8", errors="surrogateescape") as lines:
            for line in lines:
                self._is_up = True
                if line == FAILED:
                    self._said_failed = True
                else:
                    self._on_file(Path(line.rstrip("\n")))
