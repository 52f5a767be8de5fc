"""Deleting expired results on PostgreSQL: total time, longest transaction, memory."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from django.db.models.signals import post_delete

from benchmarks.lines import print_line
from benchmarks.turns import medians, turns

from .database import own_database, require_postgresql
from .implementations import CLEANING
from .options import add_options, names, sum_up
from .processes import process
from .requests import make_id, store_success
from .rows import Rows
from .transactions import LongestTransaction

if TYPE_CHECKING:
    import argparse

    from .implementations import Cleaning

QUICK = {"rounds": 1, "n": 2_000, "live": 400}
KIB_A_MIB = 1_024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_options(
        parser,
        impl="peer,peer-signal,ours,ours-signal,limit,limit-peer-table",
        rounds=2,
        n=1_000_000,
        unit="expired results",
    )
    parser.add_argument(
        "--live", type=int, default=200_000, help="results that stay (default 200,000)"
    )


def run(arguments: argparse.Namespace) -> None:
    """Print a line a round and implementation, then one with the medians and their ratios."""
    seconds: dict[str, list[float]] = defaultdict(list)
    others: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with own_database() as server:
        require_postgresql()
        for number, name in turns(names(arguments), arguments.rounds):
            line = measure(name, arguments, Random(f"{arguments.seed} {number}"))  # noqa: S311
            print_line(benchmark="cleanup", round=number, impl=name, n=arguments.n, **line)
            seconds[name].append(line.pop("seconds"))
            for figure, value in line.items():
                others[figure][name].append(value)
    figures = medians(seconds) | {
        f"{name}.{figure}": value
        for figure in others
        for name, value in medians(others[figure]).items()
    }
    sum_up(
        arguments,
        figures,
        given="cleanup",
        benchmark="cleanup",
        server=server,
        live=arguments.live,
        measured="seconds, median of rounds",
    )


def measure(name: str, arguments: argparse.Namespace, chooser: Random) -> dict[str, float]:
    case = CLEANING[name]
    rows = Rows(case.table)
    rows.delete()
    sample = make_id(chooser)
    with process(case.storing(), in_worker=True) as storing:
        storing.call(store_success, [sample], [chooser.randrange(1_000_000)])
    rows.multiply(sample, expired=arguments.n, live=arguments.live)
    with process(case.cleaning(), in_worker=True) as cleaning, LongestTransaction() as longest:
        line: dict[str, float] = cleaning.call(clean_up, case.has_receiver)
    if case.has_receiver and line.pop("announced") != arguments.n:
        raise ValueError(f"{name} did not send a signal for every row")
    if rows.count() != arguments.live:
        raise ValueError(f"{name} left {rows.count()} rows, not {arguments.live}")
    return line | {"longest_ms": round(1_000 * longest.seconds, 1)}


def clean_up(implementation: Cleaning, has_receiver: bool) -> dict[str, float]:  # noqa: FBT001  # pickled
    """Time and growth of the peak of memory of one clean-up; rows announced, to a receiver."""
    announced = Counter[str]()

    def receive(**_kwargs: object) -> None:
        announced["post_delete"] += 1

    if has_receiver:
        post_delete.connect(receive)
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before = memory_kib("VmRSS")
    started_at = time.perf_counter()
    implementation.clean_up()
    line: dict[str, float] = {
        "seconds": time.perf_counter() - started_at,
        "rss_growth_mib": round(max(0, memory_kib("VmHWM") - before) / KIB_A_MIB, 1),
    }
    return line | ({"announced": announced["post_delete"]} if has_receiver else {})


def memory_kib(name: str) -> int:
    """A figure of this process's memory, as in proc(5)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
