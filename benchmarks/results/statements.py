"""Statements that Django's connections execute in this process, in whatever thread."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.backends.signals import connection_created

if TYPE_CHECKING:
    from collections.abc import Callable


class Statements:
    """A count; without BEGIN, COMMIT and what a driver sends by itself."""

    def __init__(self) -> None:
        self.executed: list[None] = []  # appending is atomic

    def watch(self, connection: Any, **_kwargs: Any) -> None:
        if self.count not in connection.execute_wrappers:
            connection.execute_wrappers.append(self.count)

    def count(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self.executed.append(None)
        return execute(*arguments)

    def __len__(self) -> int:
        return len(self.executed)


@cache
def statements() -> Statements:
    """Those from the first call on; closes what is open, to watch it when it opens again."""
    made = Statements()
    connections.close_all()
    connection_created.connect(made.watch)
    return made
