"""Implementations take turns, so that what else the machine does falls on all of them alike."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


def turns(names: Sequence[str], rounds: int) -> Iterator[tuple[int, str]]:
    """Each name once a round; every other round goes backwards."""
    for number in range(rounds):
        for name in names if number % 2 else reversed(names):
            yield number, name


def medians(figures: Mapping[str, Sequence[float]]) -> dict[str, float]:
    return {name: statistics.median(values) for name, values in figures.items() if values}


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest of ``values`` that ``percent`` of them do not exceed."""
    return sorted(values)[-(-len(values) * percent // 100) - 1]


def ratios(figures: Mapping[str, float], wanted: Iterable[str]) -> dict[str, float]:
    """Of the figures named in each of ``wanted``, ``first/second``; without those not measured."""
    pairs = {name: name.split("/") for name in wanted}
    return {
        name: round(figures[first] / figures[second], 3)
        for name, (first, second) in pairs.items()
        if figures.get(first) and figures.get(second)
    }
