"""How to start the command that this process runs once more."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.autoreload import get_child_arguments

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaunch:
    """A management command as it was typed.

    program: interpreter with its options, and ``manage.py``; works from any folder.
    arguments: what stood behind the name of the command.
    """

    program: Sequence[str]
    command: str
    arguments: Sequence[str]


def this_program() -> list[str]:
    """Interpreter with its options, and ``manage.py``, as this process was started."""
    words = [str(word) for word in get_child_arguments()]
    program = words[: len(words) - len(sys.argv[1:])]
    if "-m" not in program:
        program[-1] = str(Path(program[-1]).absolute())
    return program


def let_celery_restart(program: Sequence[str]) -> None:
    """Make ``sys.argv`` what Celery can start again on SIGHUP, for ``python -m django`` too.

    Celery runs ``sys.argv`` as a script, and the first word of it is a file of Django's then.
    """
    if "-m" in program:
        sys.argv[:1] = program[-2:]
