"""Which of the known names a misspelt one was meant to be."""

from __future__ import annotations

from collections import defaultdict
from difflib import get_close_matches
from functools import cache

SIMILAR = 0.86  # of 1: shares six letters in seven


def one_letter_off(name: str, known: frozenset[str]) -> list[str]:
    """The ``known`` names that have one letter more, fewer, other or elsewhere than ``name``."""
    index = _by_shortened(known)
    return sorted({near for short in _shortened(name) for near in index.get(short, ())} - {name})


def similar(name: str, known: frozenset[str]) -> list[str]:
    """At most three ``known`` names that share most of their letters with ``name``, best first."""
    return get_close_matches(name, known, cutoff=SIMILAR)


@cache
def _by_shortened(known: frozenset[str]) -> dict[str, list[str]]:
    """The ``known`` names by what is left of them without one letter.

    Two names that differ in one letter have such a rest in common, so that looking for it takes
    the place of comparing each name with each.
    """
    index = defaultdict(list)
    for name in known:
        for short in _shortened(name):
            index[short].append(name)
    return dict(index)


def _shortened(name: str) -> set[str]:
    return {name} | {name[:place] + name[place + 1 :] for place in range(len(name))}
