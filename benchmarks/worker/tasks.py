"""The tasks: nothing, and a mark that reads the CPU time of the whole worker."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from celery import shared_task


@shared_task
def nothing() -> None:
    pass


@shared_task
def mark(path: str) -> None:
    """Append to ``path`` the CPU seconds that the worker's main process and its children used."""
    main = os.getppid()
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    line = {
        "at": time.monotonic(),
        "main": cpu_seconds(str(main)),
        "children": sum(map(cpu_seconds, children)),
    }
    with Path(path).open("a") as file:
        file.write(json.dumps(line) + "\n")


def cpu_seconds(pid: str) -> float:
    """User and system time of one process, all its threads; proc(5), fields 14 and 15."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
