"""``celeryd_multi``: Celery's own, with nodes that are started by ``manage.py``."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from celery.bin.multi import MultiTool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .djangooptions import DjangoOptions
    from .invocation import Invocation


def run_multi(invocation: Invocation, *, program: Sequence[str], prog_name: str) -> int:
    """Start, stop or show nodes; the exit code. ``program`` is ``this_program()``."""
    tool = MultiTool(
        cmd=node_command(program, invocation.django),
        quiet=invocation.django.is_quiet,
        verbose=invocation.django.is_talkative,
        no_color=bool(os.environ.get("NO_COLOR")),
    )
    arguments = [prog_name, *invocation.specific, *invocation.general]
    code: int = tool.execute_from_commandline(arguments)
    return code


def show_multi_help(prog_name: str) -> None:
    MultiTool().execute_from_commandline([prog_name, "help"])


def node_command(program: Sequence[str], django: DjangoOptions) -> str:
    """What starts a node, without the interpreter; Celery adds its options behind ``celery``."""
    words = [*program[1:], "celery"]
    if django.settings is not None:
        words.append(f"--settings={django.settings}")
    if django.pythonpath is not None:
        words.append(f"--pythonpath={Path(django.pythonpath).absolute()}")
    return shlex.join([*words, "worker", "--detach"])
