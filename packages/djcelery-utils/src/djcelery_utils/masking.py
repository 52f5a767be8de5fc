"""Show a value in a message without the password it may hold."""

from __future__ import annotations

import re

NAME = re.compile(r"[\w.:+-]{1,100}")
BEGINNING = re.compile(r"[\w.+-]*")


def is_name(value: str) -> bool:
    """Whether ``value`` is a name or a dotted path, in which there is no room for a password."""
    return NAME.fullmatch(value) is not None


def shown(value: str) -> str:
    """``value`` in quotes; of more than a name, such as an address, the beginning only."""
    if is_name(value):
        return repr(value)
    beginning = BEGINNING.match(value)
    return f"'{beginning[0] if beginning else ''}...'"
