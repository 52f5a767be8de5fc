"""What is written to the terminal."""

from __future__ import annotations

import os
import sys
import threading

COLOURS = {"web": 36, "worker": 33, "beat": 35, "demo": 32}
WIDTH = max(map(len, COLOURS))


class Console:
    """Lines of several processes, each with the name of its process in front."""

    def __init__(self, *, shows_processes: bool) -> None:
        self.shows_processes = shows_processes
        self._is_coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self._lock = threading.Lock()

    def say(self, text: str = "") -> None:
        """Write what the demo itself has to say."""
        for line in text.split("\n"):
            self.write("demo", line)

    def write(self, name: str, line: str) -> None:
        label = f"{name:{WIDTH}} |"
        if self._is_coloured:
            label = f"\033[{COLOURS[name]}m{label}\033[0m"
        with self._lock:
            sys.stdout.write(f"{label} {line}".rstrip() + "\n")
            sys.stdout.flush()
