"""The part of a command's help that Celery does not write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .scanning import takes_value

if TYPE_CHECKING:
    from argparse import Action
    from collections.abc import Iterable


def django_section(actions: Iterable[Action], program: click.Group) -> str:
    """Django's own options, as a section like Celery's; without those that Celery shows too."""
    shown = {*takes_value(program.params), "--help"}
    formatter = click.HelpFormatter()
    with formatter.section("Django Options"):
        formatter.write_dl(
            [
                (_spelled(action), action.help or "")
                for action in actions
                if action.option_strings and not shown.intersection(action.option_strings)
            ]
        )
    return formatter.getvalue()


def general_section(program: click.Group, prog_name: str) -> str:
    """The options of the program itself, which may stand behind the sub-command here."""
    context = click.Context(program, info_name=prog_name)
    records = [param.get_help_record(context) for param in program.params]
    formatter = click.HelpFormatter()
    with formatter.section("Global Options"):
        formatter.write_dl([record for record in records if record is not None])
    return formatter.getvalue()


def _spelled(action: Action) -> str:
    names = ", ".join(action.option_strings)
    return names if action.nargs == 0 else f"{names} {action.dest.upper()}"
