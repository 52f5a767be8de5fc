"""A value as text of bounded length, without what has the name of a secret."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from .plaincopy import PlainCopy, Shown

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

CUT = "…"
UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # PostgreSQL's text takes neither


def excerpt(value: object, *, words: Collection[str], max_length: int) -> str:
    """``value`` as JSON, or as its repr where it is not JSON, of ``max_length`` characters at most.

    words: what hides a value under a key that contains one of them, at any depth. While there are
    any, an object that is not plain data is ``<hidden>`` too, for nobody knows what it shows.
    max_length: at least 1; a longer text is cut and ends with ``…``.
    Never raises; of a value of any size no more is copied than fits.
    """
    copied = PlainCopy(words, max_length).of(value)
    try:
        text = json.dumps(copied, ensure_ascii=False, allow_nan=False, default=_marked)
    except (TypeError, ValueError):
        text = repr(copied)
    return storable(text, max_length)


def storable(text: str, max_length: int | None = None) -> str:
    """``text`` as every database takes it: NUL and halves of surrogate pairs are spelled out.

    max_length: at least 1; a longer text is cut to so many characters and ends with ``…``.
    """
    if max_length is None:
        return UNSTORABLE.sub(_escaped, text)
    text = UNSTORABLE.sub(_escaped, text[: max_length + 1])
    return text if len(text) <= max_length else text[: max_length - 1] + CUT


def _marked(value: object) -> Mapping[str, object]:
    if isinstance(value, Shown) and value.marked is not None:
        return value.marked
    raise TypeError(f"{value!r} is not JSON")


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()
