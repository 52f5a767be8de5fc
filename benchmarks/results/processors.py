"""Client and server on one processor: two wake each other up slowly, and the system says who does.

Where it puts a process it leaves it for a whole run, so that a figure would depend on that.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.db import connection


def share_one() -> bool:
    """Run this process, its children and the server's for each connection on one processor.

    Call it when all have connected. Whether it was done: only on Linux; for SQLite, and for
    PostgreSQL on this machine if that is allowed.
    """
    if connection.vendor == "mysql" or not hasattr(os, "sched_setaffinity"):
        return False
    servers = _servers()
    if not all(map(_is_postgresql, servers)):
        return False
    one = [min(os.sched_getaffinity(0))]
    try:
        for process in (*servers, *_family()):
            os.sched_setaffinity(process, one)
    except (PermissionError, FileNotFoundError):  # nor where the kernel lists no children
        return False
    return True


def _family() -> list[int]:
    """This process and its children."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return [os.getpid(), *map(int, children.split())]


def _servers() -> list[int]:
    """The processes of PostgreSQL that serve the clients of this database."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity "
            "WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        return [pid for (pid,) in cursor.fetchall()]


def _is_postgresql(pid: int) -> bool:
    """Whether this is a process of PostgreSQL here; on another machine it may be anything."""
    name = Path(f"/proc/{pid}/comm")
    return name.exists() and name.read_text().startswith("postgres")
