"""One process of the site."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections import deque
from typing import TYPE_CHECKING

from . import leftovers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from queue import SimpleQueue

    from .console import Console

TAIL = 25


class Child:
    """A process in a group of its own, so that Ctrl-C does not reach it before we pass it on."""

    def __init__(
        self, name: str, command: Sequence[str], *, folder: Path, ended: SimpleQueue[Child]
    ) -> None:
        self.name = name
        self.command = command
        self.tail: deque[str] = deque(maxlen=TAIL)
        self._pid_file = folder / f"{name}.pid"
        self._ended = ended
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    @property
    def exit_code(self) -> int | None:
        """None while the process runs."""
        return self._process.poll() if self._process else None

    def start(self, cwd: Path, console: Console) -> None:
        """Start the process, with its id in its file and a lock on it."""
        with leftovers.lock_in_the_end(self._pid_file) as pid_file:
            pid_file.truncate(0)
            self._process = subprocess.Popen(  # noqa: S603  # our own commands
                self.command,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
                pass_fds=[pid_file.fileno()],  # the lock lives as long as the process
            )
            pid_file.write(str(self._process.pid))
        self._reader = threading.Thread(target=self._read, args=(console,), daemon=True)
        self._reader.start()
        threading.Thread(target=self._wait, daemon=True).start()

    def ask_to_stop(self) -> None:
        """Signal the main process alone: a worker stops its children itself, and waits for them."""
        if self._process:
            self._process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float) -> bool:
        """Whether the process has ended within ``seconds``."""
        try:
            if self._process:
                self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """Kill what is left of the process and its children."""
        if self._process and self._reader:
            leftovers.kill_group(self._process.pid)
            self._process.wait()
            self._reader.join(1)

    def _read(self, console: Console) -> None:
        assert self._process and self._process.stdout  # noqa: PT018, S101  # for the type checker
        for line in self._process.stdout:
            self.tail.append(line.rstrip())
            if console.shows_processes:
                console.write(self.name, line.rstrip())

    def _wait(self) -> None:
        assert self._process  # noqa: S101  # for the type checker
        self._process.wait()
        self._ended.put(self)
