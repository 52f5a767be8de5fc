"""What every measurement of results takes, and the line that sums it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.lines import fdatasync_us, print_line, versions
from benchmarks.targets import add_target_arguments, require_targets
from benchmarks.turns import ratios

from .baseline import GIVEN, compare

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping


def add_options(
    parser: argparse.ArgumentParser, *, impl: str, rounds: int, n: int, unit: str
) -> None:
    parser.add_argument("--impl", default=impl, help=f"of {impl} (default: all)")
    parser.add_argument(
        "--rounds", type=int, default=rounds, help=f"interleaved rounds (default {rounds})"
    )
    parser.add_argument("-n", type=int, default=n, help=f"{unit} (default {n:,})")
    parser.add_argument("--seed", type=int, default=1, help="of ids, values and delays (default 1)")
    add_target_arguments(parser)


def names(arguments: argparse.Namespace) -> list[str]:
    chosen: str = arguments.impl
    return chosen.split(",")


def sum_up(
    arguments: argparse.Namespace, figures: Mapping[str, float], *, given: str, **facts: object
) -> None:
    """Print the last line; exit if ``--minimum`` or ``--maximum`` is missed.

    figures: by the name of the implementation, and ``name.what`` for others than the first.
    given: the key of ``baseline.GIVEN`` that this run is like.
    """
    before = [name for name in GIVEN.get(given, {}) if "/" in name]
    all_figures = {**figures, **ratios(figures, [*ours_to_others(figures), *before])}
    print_line(
        rounds=arguments.rounds,
        n=arguments.n,
        seed=arguments.seed,
        **facts,
        fdatasync_us=fdatasync_us(),
        figures=all_figures,
        baseline=compare(given, all_figures),
        versions=versions(),
    )
    require_targets(arguments, all_figures)


def ours_to_others(figures: Iterable[str]) -> list[str]:
    """The ratios that show where ours stands: each figure of ours to that same of another."""
    ours = [name for name in figures if name.startswith("ours")]
    others = [name for name in figures if not name.startswith("ours")]
    return [f"{name}/{other}" for name in ours for other in others if what(name) == what(other)]


def what(name: str) -> str:
    return name.partition(".")[2]
