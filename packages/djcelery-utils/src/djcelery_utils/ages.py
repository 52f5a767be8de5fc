"""Ages as people type them on a command line."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from datetime import timedelta
from typing import Final

UNITS: Final = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def age(text: str) -> timedelta:
    """``text`` such as 30d, 12h, 90m or 45s; a number without a unit could mean anything.

    Raises ArgumentTypeError, as the ``type`` of an argument does.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([dhms])", text)
    if match is None:
        raise ArgumentTypeError(f"{text!r} is no age: give one such as 30d, 12h, 90m or 45s")
    try:
        return timedelta(**{UNITS[match[2]]: float(match[1])})
    except OverflowError as error:
        raise ArgumentTypeError(f"{text!r} is longer than there is time") from error
