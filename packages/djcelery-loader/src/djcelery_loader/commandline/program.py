"""Celery's own program, with the few things in which a Django project wants it otherwise."""

from __future__ import annotations

import traceback
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any

import click
from celery.bin.base import CeleryOption
from celery.bin.celery import celery as original
from click_didyoumean import DYMGroup  # type: ignore[import-untyped]  # has no types

from .autoreload import run_reloaded
from .components import camera_class
from .detaching import detach
from .leftovers import forget_connections
from .scheduler import choose_scheduler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from celery import Celery

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
        "worker": _worker(relaunch),
        "beat": _beat(),
        "events": _events(),
        "celerycam": _celerycam(),
    }
    commands = {**original.commands, **variants}
    if alias is not None:
        commands[alias] = copy(commands[alias])
        commands[alias].context_class = ShortContext
    return Program(
        name=original.name,
        callback=_with_options_of_app(variants),
        params=[_without_foreign_variables(param) for param in original.params],
        help=original.help,
        invoke_without_command=True,
        commands=commands,
    )


def _with_options_of_app(variants: Mapping[str, click.Command]) -> Callable[..., None]:
    """Celery's callback, which gives its own commands the options that the app adds; these too."""

    def callback(**options: Any) -> None:
        _callback(original)(**options)
        if options["broker"]:
            forget_connections(_app())
        added = _app().user_options
        for name, command in variants.items():
            mine = [*added.get(name, ()), *added.get("preload", ())]
            command.params += [param for param in mine if param not in command.params]

    return callback


def _app() -> Celery:
    app: Celery = click.get_current_context().obj.app
    return app


def _without_foreign_variables(param: click.Parameter) -> click.Parameter:
    """``param`` that does not listen to ``APP``, ``LOADER`` and so on, only to ``CELERY_APP``."""
    own = copy(param)
    own.envvar = None
    if isinstance(own, click.Option):
        own.allow_from_autoenv = own.name not in READ_ELSEWHERE
        own.help = own.help and own.help.replace(f" {param.envvar} ", f" CELERY_{param.envvar} ")
    return own


def _worker(relaunch: Relaunch | None) -> click.Command:
    worker = original.commands["worker"]
    autoreload = CeleryOption(
        ["--autoreload"],
        is_flag=True,
        help_group="Features",
        help="Stop warm and start again when a Python file of the project changes.",
    )

    def run(*, autoreload: bool, **options: Any) -> None:
        if autoreload and options["detach"]:
            raise click.UsageError("--autoreload needs the worker in the foreground.")
        if options["beat"]:
            options["scheduler"] = choose_scheduler(_app(), options["scheduler"])
        start = partial(_callback(worker), **options)
        if autoreload:
            click.get_current_context().exit(run_reloaded(_required(relaunch), start))
        if options["detach"]:
            click.get_current_context().exit(detach(_required(relaunch), options))
        start()

    return _variant(worker, [*worker.params, autoreload], run)


def _required(relaunch: Relaunch | None) -> Relaunch:
    if relaunch is None:
        raise click.UsageError("--autoreload and --detach need manage.py.")
    return relaunch


def _beat() -> click.Command:
    beat = original.commands["beat"]

    def choose(_context: click.Context, _param: click.Parameter, value: str | None) -> str:
        return choose_scheduler(_app(), value)

    scheduler = _twin(beat, "scheduler")
    scheduler.callback = choose
    return _variant(beat, _replaced(beat, scheduler), beat.callback)


def _events() -> click.Command:
    """Celery gives ``-d`` to two options; here it means ``--dump``, as it always did."""
    events = original.commands["events"]
    return _variant(events, _replaced(events, _twin(events, "detach", "--detach")), events.callback)


def _celerycam() -> click.Command:
    """``events`` with the camera; ``-f`` is the frequency, as in ``celerycam -f 2.0``."""
    events = _events()
    frequency = _twin(events, "frequency", "-f", "-F", "--frequency", "--freq")
    params = _replaced(events, frequency, _twin(events, "logfile", "--logfile"))

    def run(*, camera: str | None, **options: Any) -> None:
        _callback(events)(camera=camera or camera_class(), **options)

    variant = _variant(events, params, run)
    variant.help = "Write what the events of the workers tell into the database."
    variant.hidden = True
    return variant


def _callback(command: click.Command) -> Callable[..., Any]:
    assert command.callback is not None  # noqa: S101  # for mypy: click's decorator sets it
    return command.callback


def _twin(command: click.Command, name: str, *spellings: str) -> click.Parameter:
    """A copy of one option of ``command``, to be changed, with other ``spellings`` if there are."""
    twin = copy(next(param for param in command.params if param.name == name))
    twin.opts = list(spellings) or twin.opts
    return twin


def _replaced(command: click.Command, *twins: click.Parameter) -> list[click.Parameter]:
    by_name = {twin.name: twin for twin in twins}
    return [by_name.get(param.name, param) for param in command.params]


def _variant(
    command: click.Command, params: Iterable[click.Parameter], callback: Callable[..., Any] | None
) -> click.Command:
    variant = copy(command)
    variant.params = list(params)
    variant.callback = callback
    return variant
