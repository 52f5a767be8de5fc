"""CPU time a task of a prefork worker: the loader beside Celery with its own Django fixup."""

from __future__ import annotations

import statistics
import sys
from typing import TYPE_CHECKING

from benchmarks.lines import print_line, versions
from benchmarks.turns import turns

from .measuring import CELERY, MANAGE, measure, require_servers

if TYPE_CHECKING:
    import argparse

COMMANDS = {
    "fixup": [*CELERY, "-A", "benchmarks.worker.fixup", "worker"],
    "loader": [*MANAGE, "celeryd"],
    "installed": [*CELERY, "-A", "benchmarks.worker.installed", "worker"],
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--impl", default="fixup,loader", help=f"of {', '.join(COMMANDS)}")
    parser.add_argument("--rounds", type=int, default=15, help="interleaved rounds (default 15)")
    parser.add_argument("--maximum", type=float, help="exit 1 if the last ratio is larger")
    parser.add_argument("-n", type=int, default=10_000, help="tasks a round (default 10,000)")


def run(arguments: argparse.Namespace) -> None:
    """Print a line a round and implementation, then one with the medians and their ratios."""
    require_servers()
    names = arguments.impl.split(",")
    figures: dict[str, list[float]] = {name: [] for name in names}
    for number, name in turns(names, arguments.rounds):
        variables = {
            "DJANGO_SETTINGS_MODULE": "benchmarks.worker.settings",
            "BENCH_LOADER": "1" if name == "loader" else "",
        }
        line = measure(name, COMMANDS[name], variables, arguments.n)
        figures[name].append(line["cpu_us"])
        print_line(benchmark="worker", round=number, impl=name, n=arguments.n, **line)
    medians = {name: statistics.median(values) for name, values in figures.items()}
    ratios = {name: round(medians[name] / medians[names[0]], 4) for name in names}
    print_line(
        benchmark="worker",
        rounds=arguments.rounds,
        n=arguments.n,
        cpu_us_median=medians,
        cpu_us_min={name: min(values) for name, values in figures.items()},
        cpu_us_max={name: max(values) for name, values in figures.items()},
        ratio_to_first=ratios,
        versions=versions(),
    )
    if arguments.maximum is not None and ratios[names[-1]] > arguments.maximum:
        sys.exit(
            f"{names[-1]} needs {ratios[names[-1]]} times {names[0]}: {arguments.maximum} at most"
        )
