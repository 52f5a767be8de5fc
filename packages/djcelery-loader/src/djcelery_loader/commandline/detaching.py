"""Start a worker in the background: Celery's way, but by ``manage.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from celery.bin.celery import celery
from celery.bin.worker import detach as celery_detach
from django.db import connections

from .djangooptions import TAKES_VALUE
from .scanning import scan, takes_value, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .relaunch import Relaunch

DONE_BEFORE = frozenset({"--detach", "-D", "--uid", "--gid", "--workdir"})
"""Options that the process in the background must not follow once more."""


def detach(relaunch: Relaunch, options: Mapping[str, Any]) -> int:
    """Become a process in the background that runs ``relaunch`` in the foreground.

    options: of the worker, as click has parsed them. Returns only if that fails: the exit code.
    """
    connections.close_all()
    program = options["executable"] or relaunch.program[0]
    known = takes_value([*celery.params, *celery.commands["worker"].params]) | TAKES_VALUE
    kept = [item for item in scan(relaunch.arguments, known) if item.option not in DONE_BEFORE]
    command = [*relaunch.program[1:], relaunch.command, *words(kept)]
    given = {name: options[name] for name in ("logfile", "pidfile", "uid", "gid", "umask")}
    code: int = celery_detach(program, command, hostname=options["hostname"], **given)
    return code
