"""A command line, sorted into what is for Django, for Celery and for the sub-command."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from . import djangooptions
from .djangooptions import DjangoOptions
from .formerly import SUBCOMMANDS, inspect_of_today, known_formerly, of_today
from .scanning import Item, scan, takes_value, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """A command line of a management command in the order in which Celery takes it.

    general: options of the program ``celery`` itself; they may stand anywhere on the command line.
    subcommand: None asks for the program ``celery`` without one.
    specific: what is left for the sub-command.
    """

    django: DjangoOptions = field(default_factory=DjangoOptions)
    general: list[str] = field(default_factory=list)
    subcommand: str | None = None
    specific: list[str] = field(default_factory=list)

    @property
    def arguments(self) -> list[str]:
        """What Celery's program is given."""
        subcommand = [] if self.subcommand is None else [self.subcommand]
        return [*self.general, *subcommand, *self.specific]


def read(
    arguments: Sequence[str], *, program: click.Group, subcommand: str | None = None
) -> Invocation:
    """Sort ``arguments``; the first word is the sub-command unless ``subcommand`` names it.

    Raises click.UsageError for an option that Celery no longer has.
    """
    general = takes_value(program.params)
    if subcommand is None:
        before, subcommand, after = _split(arguments, general | djangooptions.TAKES_VALUE)
    else:
        before, after = [], list(arguments)
    if subcommand == "help":
        before, subcommand, after = ["--help"], *_first(after)
    if subcommand == "inspect":
        subcommand, after = inspect_of_today(after)
    return _sorted(before, subcommand, after, program=program)


def _split(
    arguments: Sequence[str], known: Mapping[str, bool]
) -> tuple[list[str], str | None, list[str]]:
    items = list(scan(arguments, known))
    for position, item in enumerate(items):
        if item.option is None and item.words[0] != "--":
            after = words(items[position + 1 :])
            return words(items[:position]), _of_today(item.words[0]), after
    return list(arguments), None, []


def _first(arguments: Sequence[str]) -> tuple[str | None, list[str]]:
    return (_of_today(arguments[0]), list(arguments[1:])) if arguments else (None, [])


def _of_today(subcommand: str) -> str:
    return SUBCOMMANDS.get(subcommand, subcommand)


def _sorted(
    before: list[str], subcommand: str | None, after: list[str], *, program: click.Group
) -> Invocation:
    name = subcommand or ""
    own = _own_options(name, program)
    celerys = takes_value(program.params)
    known = djangooptions.TAKES_VALUE | celerys
    django, general, specific = DjangoOptions(), list[Item](), list[Item]()
    for item in [*scan(before, known), *scan(after, known | own)]:
        if item.option in own:
            specific.append(of_today(name, item))
        elif item.option in djangooptions.TAKES_VALUE:
            django = django.plus(item)
        elif item.option in celerys:
            general.append(_complete(item, celerys))
        else:
            specific.append(item)
    return Invocation(
        django=django, general=words(general), subcommand=subcommand, specific=words(specific)
    )


def _complete(item: Item, known: Mapping[str, bool]) -> Item:
    if item.value is None and known[item.option or ""]:
        raise click.UsageError(f"Option {item.option!r} requires an argument.")
    return item


def _own_options(subcommand: str, program: click.Group) -> dict[str, bool]:
    if subcommand == "multi":  # takes what a worker takes; -KILL and -c:1-3 are its own business
        known = takes_value(program.commands["worker"].params)
        return {option: value for option, value in known.items() if option.startswith("--")}
    command = program.commands.get(subcommand)
    own = takes_value(command.params) if command is not None else {}
    return own | known_formerly(subcommand, own)
