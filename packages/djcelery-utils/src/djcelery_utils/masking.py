"""Show a value without the password it may hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

HIDDEN = "<hidden>"

NAME = re.compile(r"[\w.+-]{1,100}|\w+(\.\w+)+:\w+")
SCHEME = re.compile(r"([\w.+-]+):/")


def is_name(value: str) -> bool:
    """Whether ``value`` is a name or a dotted path, in which there is no room for a password."""
    return NAME.fullmatch(value) is not None


def shown(value: str) -> str:
    """``value`` in quotes; of more than a name, such as an address, the scheme only."""
    if not value or is_name(value):
        return repr(value)
    scheme = SCHEME.match(value)
    return f"'{scheme[1] if scheme else ''}...'"


def is_secret(name: str, words: Collection[str]) -> bool:
    """Whether ``name`` contains one of ``words``, in whatever case."""
    folded = name.casefold()
    return any(word.casefold() in folded for word in words)
