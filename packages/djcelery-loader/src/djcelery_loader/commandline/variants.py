"""The commands of Celery that are a little otherwise in a Django project."""

from __future__ import annotations

from contextlib import nullcontext
from copy import copy
from typing import TYPE_CHECKING, Any

import click
from celery.bin.base import CeleryOption
from celery.bin.celery import celery as original

from .autoreload import watch
from .components import camera_class
from .detaching import detach
from .greenlets import patch_for
from .reloaded import in_touch, is_reloaded
from .scheduler import choose_scheduler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .relaunch import Relaunch


def make_worker(relaunch: Relaunch | None) -> click.Command:
    """``worker`` with ``--autoreload``, and ``--detach`` by ``manage.py``."""
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
        if (autoreload or options["detach"]) and relaunch is None:
            raise click.UsageError("--autoreload and --detach need manage.py.")
        if options["beat"]:
            app = click.get_current_context().obj.app
            options["scheduler"] = choose_scheduler(app, options["scheduler"])
        code = None if relaunch is None else _elsewhere(relaunch, options, autoreload=autoreload)
        if code is not None:
            click.get_current_context().exit(code)
        with in_touch() if autoreload else nullcontext():
            callback_of(worker)(**options)

    return _variant(worker, [*worker.params, autoreload], run)


def _elsewhere(relaunch: Relaunch, options: Mapping[str, Any], *, autoreload: bool) -> int | None:
    """Have another process be the worker, if one is to be; its exit code, or None."""
    if autoreload and not is_reloaded():
        return watch(relaunch)
    if options["detach"]:
        return detach(relaunch, options)
    patch_for(options["pool"], relaunch)
    return None


def make_beat() -> click.Command:
    """``beat`` with our scheduler, where it is installed and no other is asked for."""
    beat = original.commands["beat"]

    def choose(context: click.Context, _param: click.Parameter, value: str | None) -> str:
        return choose_scheduler(context.obj.app, value)

    scheduler = _twin(beat, "scheduler")
    scheduler.callback = choose
    return _variant(beat, _replaced(beat, scheduler), beat.callback)


def make_events() -> click.Command:
    """Celery gives ``-d`` to two options; here it means ``--dump``, as it always did."""
    events = original.commands["events"]
    return _variant(events, _replaced(events, _twin(events, "detach", "--detach")), events.callback)


def make_celerycam() -> click.Command:
    """``events`` with the camera; ``-f`` is the frequency, as in ``celerycam -f 2.0``."""
    events = make_events()
    frequency = _twin(events, "frequency", "-f", "-F", "--frequency", "--freq")
    params = _replaced(events, frequency, _twin(events, "logfile", "--logfile"))

    def run(*, camera: str | None, **options: Any) -> None:
        callback_of(events)(camera=camera or camera_class(), **options)

    variant = _variant(events, params, run)
    variant.help = "Write what the events of the workers tell into the database."
    variant.hidden = True
    return variant


def callback_of(command: click.Command) -> Callable[..., Any]:
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
