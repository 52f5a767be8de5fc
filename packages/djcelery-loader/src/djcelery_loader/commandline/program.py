"""Celery's own program, as a Django project wants it."""

from __future__ import annotations

import traceback
from copy import copy
from typing import TYPE_CHECKING, Any

import click
from celery.bin.celery import celery as original
from click_didyoumean import DYMGroup  # type: ignore[import-untyped]  # has no types

from .leftovers import forget_connections
from .variants import callback_of, make_beat, make_celerycam, make_events, make_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from .relaunch import Relaunch

READ_ELSEWHERE = frozenset({"version", "skip_checks"})
"""Options whose ``CELERY_`` variable is no answer to yes or no: any value of it has a meaning."""


class ShortContext(click.Context):
    """The context of a sub-command with a management command of its own, which names it already."""

    @property
    def command_path(self) -> str:
        """``manage.py celeryd`` in place of ``manage.py celeryd worker``."""
        return super().command_path if self.parent is None else self.parent.command_path


class Program(DYMGroup):  # type: ignore[misc]  # Any, for the same reason
    """The program ``celery``; shows the traceback of an error, too, if it is asked to."""

    shows_tracebacks = False

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.ClickException:
            if self.shows_tracebacks:
                click.echo(traceback.format_exc(), err=True)
            raise


def make_program(relaunch: Relaunch | None = None, *, alias: str | None = None) -> Program:
    """The program ``celery`` with all its sub-commands, and ``celerycam``.

    relaunch: how to start this command again, for a worker that is detached or reloaded; None if
    that is not possible. alias: the sub-command that the management command stands for.
    """
    variants = {
        "worker": make_worker(relaunch),
        "beat": make_beat(),
        "events": make_events(),
        "celerycam": make_celerycam(),
    }
    commands = {**original.commands, **variants}
    if alias is not None:
        commands[alias] = copy(commands[alias])
        commands[alias].context_class = ShortContext
    return Program(
        name=original.name,
        callback=_with_options_of_app(variants.values()),
        params=[_without_foreign_variables(param) for param in original.params],
        help=original.help,
        invoke_without_command=True,
        commands=commands,
    )


def _with_options_of_app(variants: Collection[click.Command]) -> Callable[..., None]:
    """Celery's callback, which gives its own commands the options that the app adds; these too."""

    def callback(**options: Any) -> None:
        callback_of(original)(**options)
        for command in original.commands.values():  # are given them anew each time
            command.params[:] = dict.fromkeys(command.params)
        app = click.get_current_context().obj.app
        if options["broker"]:
            forget_connections(app)
        added = app.user_options
        for command in variants:
            mine = [*added.get(command.name, ()), *added.get("preload", ())]
            command.params += [param for param in mine if param not in command.params]

    return callback


def _without_foreign_variables(param: click.Parameter) -> click.Parameter:
    """``param`` that does not listen to ``APP``, ``LOADER`` and so on, only to ``CELERY_APP``."""
    own = copy(param)
    own.envvar = None
    if isinstance(own, click.Option):
        own.allow_from_autoenv = own.name not in READ_ELSEWHERE
        own.help = own.help and own.help.replace(f" {param.envvar} ", f" CELERY_{param.envvar} ")
    return own
