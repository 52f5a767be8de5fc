"""Split an argument list into options and other words, as click would."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One option with its value, or one other word.

    option: as spelled, ``-l`` or ``--loglevel``; None for a word that is no option.
    words: what to put on a command line to say the same; a long option and its value are one word.
    """

    words: tuple[str, ...]
    option: str | None = None
    value: str | None = None


def takes_value(parameters: Iterable[click.Parameter]) -> dict[str, bool]:
    """Each spelling of each option, and whether a value follows it."""
    return {
        spelling: not (parameter.is_flag or parameter.count)
        for parameter in parameters
        if isinstance(parameter, click.Option)
        for spelling in (*parameter.opts, *parameter.secondary_opts)
    }


def scan(arguments: Sequence[str], known: Mapping[str, bool]) -> Iterator[Item]:
    """Yield the items of ``arguments``; an unknown option is taken to have no value.

    known: whether a value follows, by option; as ``takes_value`` gives it.
    """
    rest = deque(arguments)
    while rest:
        word = rest.popleft()
        if word == "--":
            yield Item(words=(word, *rest))
            return
        if word.startswith("--"):
            yield _long(word, rest, known)
        elif word.startswith("-") and word != "-":
            yield from _short(word, rest, known)
        else:
            yield Item(words=(word,))


def words(items: Iterable[Item]) -> list[str]:
    """An argument list that says what ``items`` say."""
    return [word for item in items for word in item.words]


def _long(word: str, rest: deque[str], known: Mapping[str, bool]) -> Item:
    option, equals, value = word.partition("=")
    if equals:
        return Item(words=(word,), option=option, value=value)
    if known.get(option) and rest:
        value = rest.popleft()
        return Item(words=(f"{option}={value}",), option=option, value=value)
    return Item(words=(word,), option=option)


def _short(word: str, rest: deque[str], known: Mapping[str, bool]) -> Iterator[Item]:
    """The options of ``-l``, ``-lINFO`` or ``-EBl``."""
    letters = word[1:]
    while letters:
        option, letters = f"-{letters[0]}", letters[1:]
        if option not in known:
            yield Item(words=(option + letters,), option=option + letters)
            return
        if not known[option]:
            yield Item(words=(option,), option=option)
        elif letters:
            yield Item(words=(option + letters,), option=option, value=letters)
            return
        elif rest:
            value = rest.popleft()
            yield Item(words=(option, value), option=option, value=value)
        else:
            yield Item(words=(option,), option=option)
