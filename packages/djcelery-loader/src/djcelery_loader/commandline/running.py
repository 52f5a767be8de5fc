"""Run Celery's program, or show its help, for an invocation of a management command."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from .project import use_app_of_project
from .scanning import scan, takes_value

if TYPE_CHECKING:
    from .invocation import Invocation
    from .program import Program

ENVIRONMENT_PREFIX = "CELERY"
"""So ``CELERY_APP``, ``CELERY_WORKER_CONCURRENCY`` and so on are heeded, as Celery itself does."""


def run(program: Program, invocation: Invocation, *, prog_name: str, standalone: bool) -> Any:
    """Run the program; ``standalone`` as for click: errors are shown, SystemExit has the exit code.

    Raises click.UsageError if the options contradict each other.
    """
    given = {item.option for item in scan(invocation.general, takes_value(program.params))}
    if not given & {"-A", "--app", "--loader"} and "CELERY_APP" not in os.environ:
        use_app_of_project()
    program.shows_tracebacks = invocation.django.traceback
    return program.main(
        [*_colour_and_volume(given, invocation), *invocation.arguments],
        prog_name=prog_name,
        standalone_mode=standalone,
        auto_envvar_prefix=ENVIRONMENT_PREFIX,
        color=True if invocation.django.force_color else None,
    )


def _colour_and_volume(given: set[str | None], invocation: Invocation) -> list[str]:
    is_forced = invocation.django.force_color
    if is_forced and given & {"-C", "--no-color"}:
        raise click.UsageError("The --no-color and --force-color options can't be used together.")
    plain = ["--no-color"] if os.environ.get("NO_COLOR") and not is_forced else []
    return [*plain, *(["--quiet"] if invocation.django.is_quiet else [])]
