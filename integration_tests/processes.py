"""A real process whose output is read while it runs."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class Process:
    """A process in a session of its own, so that it can be stopped with all its children."""

    def __init__(self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> None:
        self._lines: list[str] = []
        self._news = threading.Condition()
        self._popen = subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def output(self) -> str:
        """What the process has printed so far, errors included."""
        with self._news:
            return "".join(self._lines)

    def wait_for(self, text: str, timeout: float = 30) -> None:
        """Wait until ``text`` is in the output; fail if the process ends before."""
        deadline = monotonic() + timeout
        with self._news:
            while text not in "".join(self._lines):
                left = deadline - monotonic()
                ended = not self._reader.is_alive() or not self._news.wait(left)
                assert not ended or text in "".join(self._lines), (
                    f"{text!r} is not in the output:\n{''.join(self._lines)}"
                )

    def wait(self, timeout: float = 30) -> int:
        """The exit code, once the process has ended by itself."""
        code = self._popen.wait(timeout)
        self._reader.join(timeout)
        return code

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the main process alone, as an operator would."""
        self._popen.send_signal(number)

    def terminate(self, timeout: float = 30) -> int:
        """Stop warm: the exit code, once running tasks and the process have ended."""
        self._popen.terminate()
        return self.wait(timeout)

    def kill(self) -> None:
        """Kill the process and its children, and close what they have open."""
        if self._popen.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait(10)
        self._reader.join(10)
        assert self._popen.stdout is not None
        self._popen.stdout.close()

    def _read(self) -> None:
        assert self._popen.stdout is not None
        for line in self._popen.stdout:
            with self._news:
                self._lines.append(line)
                self._news.notify_all()
        with self._news:
            self._news.notify_all()
