"""Find and stop what a killed run has left behind.

Each process holds a lock on its own file as long as it lives, and the file has its id. A file that
is not locked speaks of the past, whoever has that process id by now.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from typing import IO, TYPE_CHECKING

from .errors import DemoError

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_SECONDS = 5.0


def lock(path: Path) -> IO[str] | None:
    """The locked file, to be kept open; None if another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def stop_all(folder: Path) -> None:
    """Kill every process that has a file in ``folder``, before it takes a port or a message."""
    for path in folder.glob("*.pid"):
        lock_in_the_end(path).close()


def lock_in_the_end(path: Path) -> IO[str]:
    """The locked file; who holds it is killed, with the whole process group."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (file := lock(path)) is None:
        if time.monotonic() > deadline:
            raise DemoError(f"{path} is held by a process that cannot be stopped.")
        kill_group(read_pid(path))
        time.sleep(0.05)
    return file


def read_pid(path: Path) -> int | None:
    text = path.read_text()
    return int(text) if text else None


def kill_group(pid: int | None) -> None:
    """Kill all that is left of the process group that ``pid`` leads."""
    if pid is None:
        return
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
