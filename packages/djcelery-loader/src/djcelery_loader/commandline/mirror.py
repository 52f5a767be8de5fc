"""Celery's options as argparse knows options: for completion and for ``call_command``."""

from __future__ import annotations

from argparse import REMAINDER, SUPPRESS
from typing import TYPE_CHECKING, Any

import click

from .djangooptions import TAKES_VALUE

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Collection, Iterable, Mapping

TAKEN = {*TAKES_VALUE, "--no-color"}
"""What Django's parser has already."""

NOT_FROM_A_CALLER = {"no_color", "skip_checks", "version"}
"""Django sets these itself when it calls a command."""


def add_options(parser: ArgumentParser, params: Iterable[click.Parameter]) -> None:
    """Give ``parser`` the options among ``params``; one that is not used leaves no trace."""
    for param in params:
        if isinstance(param, click.Option):
            action = "store_true" if param.is_flag else "store"
            _add(parser, param.opts, dest=param.name, action=action)
            _add(parser, param.secondary_opts, dest=param.name, action="store_false")
    parser.add_argument("args", nargs=REMAINDER)


def given_arguments(params: Iterable[click.Parameter], options: Mapping[str, Any]) -> list[str]:
    """The command line for what is in ``options`` of the options among ``params``."""
    return [
        word
        for param in params
        if isinstance(param, click.Option) and param.name not in NOT_FROM_A_CALLER
        if options.get(param.name or "") is not None
        for word in _words(param, options[param.name or ""])
    ]


def _add(parser: ArgumentParser, spellings: Collection[str], *, dest: Any, action: str) -> None:
    free = [spelling for spelling in spellings if spelling not in TAKEN]
    if free:
        parser.add_argument(*free, dest=dest, action=action, default=SUPPRESS)


def _words(param: click.Option, value: Any) -> list[str]:
    if param.is_flag:
        spellings = param.opts if value else param.secondary_opts
        return [max(spellings, key=len)] if spellings else []
    text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return [f"{max(param.opts, key=len)}={text}"]
