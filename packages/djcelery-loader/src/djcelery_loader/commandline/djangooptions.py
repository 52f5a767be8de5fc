"""The options that every management command of Django has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from .scanning import Item

TAKES_VALUE = {
    "--settings": True,
    "--pythonpath": True,
    "--verbosity": True,
    "-v": True,
    "--traceback": False,
    "--force-color": False,
    "--version": False,
    "--help": False,
    "-h": False,
}
"""Whether a value follows, by option; ``--no-color`` and ``--skip-checks`` are Celery's too."""

LEVELS = ("0", "1", "2", "3")


@dataclass(frozen=True, slots=True, kw_only=True)
class DjangoOptions:
    """What was given of Django's options; settings and path are in use already."""

    settings: str | None = None
    pythonpath: str | None = None
    verbosity: str = "1"
    traceback: bool = False
    force_color: bool = False
    version: bool = False
    help: bool = False

    @property
    def is_quiet(self) -> bool:
        return self.verbosity == LEVELS[0]

    @property
    def is_talkative(self) -> bool:
        return self.verbosity in LEVELS[2:]

    def plus(self, item: Item) -> DjangoOptions:
        """These with ``item`` added. Raises click.UsageError if its value is missing or wrong."""
        option = item.option or ""
        if TAKES_VALUE[option] and item.value is None:
            raise click.UsageError(f"Option '{option}' requires an argument.")
        if option in ("-v", "--verbosity") and item.value not in LEVELS:
            raise click.UsageError(f"{option} is {item.value!r}; it must be {' or '.join(LEVELS)}.")
        name = {"-v": "verbosity", "-h": "help"}.get(option, option[2:].replace("-", "_"))
        value: Any = item.value if TAKES_VALUE[option] else True
        return replace(self, **{name: value})
