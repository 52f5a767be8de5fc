"""What the programs of Celery 2.5 and 3.1 took, and what takes its place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .scanning import Item

SUBCOMMANDS: Mapping[str, str] = {"apply": "call"}
"""Sub-commands of ``celeryctl`` by their name of today."""

MOVED_TO_CONTROL = frozenset(
    {"enable_events", "disable_events", "add_consumer", "cancel_consumer"},
)
"""What ``inspect`` did that is an order, not a question."""

RENAMED: Mapping[str, Mapping[str, str]] = {
    "worker": {"--maxtasksperchild": "--max-tasks-per-child"},
    "shell": {"-P": "--python"},
}
"""Option of today by old option, by sub-command."""

GONE: Mapping[str, Mapping[str, str]] = {
    "worker": {
        "--no-execv": (
            "the children of the pool are forked and never execute a new interpreter. Remove it, "
            "or choose with --pool-start-method."
        ),
        "--fake": "set the environment variable C_FAKEFORK=1 to stay in the foreground.",
    },
}
"""Way out by option that Celery no longer has, by sub-command."""


def known_formerly(subcommand: str, known: Mapping[str, bool]) -> dict[str, bool]:
    """Whether a value follows, by old option of ``subcommand``; ``known`` tells it of today's."""
    renamed = RENAMED.get(subcommand, {})
    gone = dict.fromkeys(GONE.get(subcommand, {}), False)
    return {old: known[new] for old, new in renamed.items()} | gone


def of_today(subcommand: str, item: Item) -> Item:
    """``item`` with its option as Celery spells it today.

    Raises click.UsageError, which says what to do, if Celery has nothing in its place.
    """
    option = item.option
    if option is None:
        return item
    if option in GONE.get(subcommand, {}):
        raise click.UsageError(f"{option} is gone: {GONE[subcommand][option]}")
    new = RENAMED.get(subcommand, {}).get(option)
    if new is None:
        return item
    spelled = new if item.value is None else f"{new}={item.value}"
    return replace(item, option=new, words=(spelled,))


def inspect_of_today(arguments: list[str]) -> tuple[str, list[str]]:
    """The sub-command, and its arguments, that do what ``inspect`` with ``arguments`` did."""
    if MOVED_TO_CONTROL.intersection(arguments):
        return "control", arguments
    return "inspect", ["registered" if word == "registered_tasks" else word for word in arguments]
