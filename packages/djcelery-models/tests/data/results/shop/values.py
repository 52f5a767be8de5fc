"""What the tasks of the example application returned."""

from __future__ import annotations

from typing import Any, NamedTuple


class Basket(NamedTuple):
    """Pickled by its items."""

    owner: str
    lines: list[Any]
    total: Any


class Money:
    """Pickled by its state."""

    amount: Any
    currency: str
