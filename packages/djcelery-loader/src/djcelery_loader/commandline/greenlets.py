"""Workers of greenlets: gevent and eventlet replace modules, which must come before their use."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import connections

from . import patched

if TYPE_CHECKING:
    from .relaunch import Relaunch

POOLS = ("gevent", "eventlet")


def patch_for(pool: type, relaunch: Relaunch) -> None:
    """Run the command anew with all modules patched, if ``pool`` needs that and has not got it.

    By the time Django runs a command, the settings and the apps have imported what is to be
    replaced. Returns only if there is nothing to do.
    """
    kind = pool.__module__.rpartition(".")[2]
    if kind not in POOLS or socket.socket.__module__ != "socket":
        return
    interpreter, *rest = relaunch.program
    start = rest.index("-m") if "-m" in rest else len(rest) - 1
    options, program = rest[:start], rest[start:]
    connections.close_all()
    sys.stdout.flush()
    words = [interpreter, *options, str(Path(patched.__file__)), kind, *program]
    os.execv(interpreter, [*words, relaunch.command, *relaunch.arguments])  # noqa: S606  # ourselves
