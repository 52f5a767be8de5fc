"""A copy of plain data, no larger than can be shown, without what has the name of a secret."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import UUID

from .masking import HIDDEN, is_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

MAX_DEPTH = 50
MAX_INTEGER_BITS = 2_000  # the least limit that Python can be given for digits is 640
CONTAINERS = (dict, list, tuple, set, frozenset)

# As kombu writes them, whose decoder gives the value back.
MARKED: tuple[tuple[type, str, Callable[[Any], object]], ...] = (
    (datetime, "datetime", datetime.isoformat),  # before date, of which it is one
    (date, "date", date.isoformat),
    (time, "time", time.isoformat),
    (Decimal, "decimal", Decimal.__str__),
    (UUID, "uuid", lambda value: {"hex": value.hex}),
)

UNNAMED: tuple[tuple[tuple[str, ...], str], ...] = (
    (("task", "args", "kwargs"), "args"),
    (("task", "it"), "it"),
)
"""Keys of a signature, and of what ``map``, ``starmap`` and ``chunks`` send; under the last
arguments stand by their position."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What stands for a value that JSON does not know: its repr, and how kombu marks it."""

    text: str
    marked: Mapping[str, object] | None = None

    def __repr__(self) -> str:
        return self.text


class PlainCopy:
    """Copies what can be shown of one value.

    Types are looked up with ``type(value)``: ``isinstance`` would ask an object, and wake a lazy
    one. ``left`` falls by the least that a value needs as text: once it is negative the text is
    longer than ``max_length``, and what is left out would be cut off anyhow.
    """

    def __init__(self, words: Collection[str], max_length: int) -> None:
        self.words = words
        self.max_length = max_length
        self.left = max_length

    def of(self, value: Any, within: frozenset[int] = frozenset()) -> object:
        kind = type(value)
        if issubclass(kind, str):
            return self._text(str.__str__(value))
        if value is None or issubclass(kind, int | float):
            return self._number(value, kind)
        if issubclass(kind, bytes | bytearray):
            return self._bytes(value)
        base = next((base for base in CONTAINERS if issubclass(kind, base)), None)
        # Items of a subclass may have names that only its own code knows, as in a named tuple.
        if base is None or (self.words and base is not dict and kind is not base):
            return self._object(value, kind)
        if id(value) in within or len(within) == MAX_DEPTH:
            return self._unseen("...")
        self.left -= 2
        return self._container(value, base, within | {id(value)})

    def _container(self, value: Any, base: Any, within: frozenset[int]) -> object:
        if base is dict:
            return self._mapping(value, within)
        copied = [self.of(item, within) for item in self._affordable(base.__iter__(value))]
        if base in (list, tuple):
            return base(copied)
        return Shown(f"{base.__name__}({copied!r})")

    def _mapping(self, value: dict[Any, Any], within: frozenset[int]) -> dict[object, object]:
        copied: dict[object, object] = {}
        unnamed = self._unnamed(value)
        for key, item in self._affordable(dict.items(value)):
            name = self.of(key, within)
            if not issubclass(type(key), str):  # json would write 1 and "1" alike
                name = Shown(repr(name))
            is_hidden = self._hides(key) or (key in unnamed and item)
            copied[name] = self._text(HIDDEN) if is_hidden else self.of(item, within)
        return copied

    def _unnamed(self, value: dict[Any, Any]) -> list[str]:
        """The keys under which there are arguments that nobody can name."""
        if not self.words:
            return []
        return [key for keys, key in UNNAMED if all(dict.__contains__(value, one) for one in keys)]

    def _affordable(self, items: Iterable[Any]) -> Iterable[Any]:
        """Items while there is room; taken at once, for a thread may be changing the container."""
        for item in tuple(islice(items, max(self.left, 0) + 1)):
            if self.left < 0:
                return
            yield item

    def _hides(self, key: Any) -> bool:
        kind = type(key)
        if not self.words or key is None or issubclass(kind, int | float):
            return False
        if not issubclass(kind, str) or str.__len__(key) > self.max_length:
            return True  # not a name that can be compared
        return is_secret(str.__str__(key), self.words)

    def _text(self, text: str) -> str:
        text = text[: self.max_length + 1]
        self.left -= len(text) + 2
        return text

    def _number(self, value: Any, kind: type) -> object:
        if value is None or issubclass(kind, bool | float):
            self.left -= 1
            return float.__float__(value) if issubclass(kind, float) else value
        bits = int.bit_length(value)
        if bits > MAX_INTEGER_BITS:
            return self._unseen(f"<int of {bits} bits>")
        self.left -= max(1, bits // 4)
        return int.__int__(value)

    def _bytes(self, value: bytes | bytearray) -> Shown:
        # In UTF-8 four bytes are one character.
        taken = bytes(memoryview(value)[: 4 * self.max_length + 4])
        self.left -= 1 + len(taken) // 4
        try:
            marked = {"__type__": "bytes", "__value__": taken.decode()}
        except UnicodeDecodeError:
            marked = {"__type__": "base64", "__value__": b64encode(taken).decode()}
        return Shown(repr(taken), marked)

    def _object(self, value: Any, kind: type) -> object:
        """A value with code of its own: its class, or the class of its time zone, may raise."""
        try:
            for marked_type, marker, encode in MARKED:
                if issubclass(kind, marked_type):
                    self.left -= 1
                    encoded = encode(value)
                    marked = {"__type__": marker, "__value__": encoded}
                    return Shown(f"{marker}({encoded!r})", marked)
            return self._unseen("..." if self.words else str.__str__(repr(value)))
        except Exception:  # noqa: BLE001  # of code that we do not know; arguments are not logged
            return self._unseen(f"<unrepresentable {kind.__name__}>")

    def _unseen(self, text: str) -> object:
        if self.words:
            return self._text(HIDDEN)
        self.left -= len(text)
        return Shown(text[: self.max_length + 1])
