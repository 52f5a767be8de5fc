"""How long after another process has stored a result ``AsyncResult.get()`` returns it."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from random import Random
from typing import TYPE_CHECKING, Any

from benchmarks.lines import print_line
from benchmarks.turns import percentile, turns

from .database import own_database, require_postgresql
from .implementations import WAITING
from .options import add_options, names, sum_up
from .processes import process
from .requests import make_id, store_success
from .statements import statements
from .waiters import begin_waiting, end_waiting

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from .implementations import Storing
    from .processes import Process

QUICK = {"rounds": 1, "n": 2, "waiters": "1,10"}
ONE_CONNECTION_EACH = ("peer",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_options(
        parser, impl="peer,ours,limit", rounds=3, n=25, unit="results a round, or one a waiter"
    )
    parser.add_argument(
        "--waiters", default="1,100,2000", help="threads that wait at a time (default 1,100,2000)"
    )
    parser.add_argument(
        "--delay-ms", type=int, default=300, help="results come within this time (default 300)"
    )
    parser.add_argument(
        "--connections",
        type=int,
        default=50,
        help=f"waiters at most for {', '.join(ONE_CONNECTION_EACH)}: each has a connection"
        " (default 50)",
    )


def run(arguments: argparse.Namespace) -> None:
    """Print a line a round, number of waiters and implementation, then one that sums up."""
    figures: dict[str, float] = {}
    with own_database() as server:
        require_postgresql()
        for waiters in map(int, arguments.waiters.split(",")):
            figures |= summary(waiters, measure(arguments, waiters))
    sum_up(arguments, figures, given="wake", benchmark="wake", server=server)


def summary(waiters: int, latencies: dict[str, list[float]]) -> dict[str, float]:
    figures: dict[str, float] = {}
    for name, values in latencies.items():
        figures[f"{name}.{waiters}.median_ms"] = round(statistics.median(values), 2)
        figures[f"{name}.{waiters}.p99_ms"] = round(percentile(values, 99), 2)
    return figures


def measure(arguments: argparse.Namespace, waiters: int) -> dict[str, list[float]]:
    """Milliseconds of each wake-up, by implementation."""
    latencies: dict[str, list[float]] = defaultdict(list)
    for number, name in turns(names(arguments), arguments.rounds):
        facts = {"benchmark": "wake", "round": number, "impl": name, "waiters": waiters}
        if name in ONE_CONNECTION_EACH and waiters > arguments.connections:
            print_line(**facts, left_out=f"needs {waiters} connections: --connections allows them")
            continue
        storing = process(WAITING[name](), in_worker=True)
        waiting = process(WAITING[name](), in_worker=False)
        with storing as storer, waiting as waiter:
            wave = Wave(storer, waiter, waiters, arguments.delay_ms)
            lines = [
                wave.run(f"{arguments.seed} {number} {repeat}")
                for repeat in range(max(1, arguments.n // waiters))
            ]
        found = [latency for line in lines for latency in line["latencies"]]
        latencies[name] += found
        print_line(
            **facts,
            wake_ups=len(found),
            median_ms=statistics.median(found),
            p99_ms=percentile(found, 99),
            max_ms=max(found),
            statements_a_second=sum(line["statements"] for line in lines)
            / sum(line["seconds"] for line in lines),
        )
    return latencies


class Wave:
    """Some threads of one process wait, for a result each; another process stores them."""

    def __init__(self, storer: Process, waiter: Process, waiters: int, delay_ms: int) -> None:
        self.storer = storer
        self.waiter = waiter
        self.waiters = waiters
        self.delay_ms = delay_ms

    def run(self, seed: str) -> dict[str, Any]:
        """``latencies``: milliseconds from the return of the store to the return of ``get()``."""
        chooser = Random(seed)  # noqa: S311  # to be the same again
        task_ids = [make_id(chooser) for _ in range(self.waiters)]
        delays = sorted(chooser.uniform(0, self.delay_ms / 1_000) for _ in task_ids)
        for either in (self.storer, self.waiter):
            either.call(warm_up, make_id(chooser))
        self.waiter.call(begin_waiting, task_ids)
        self.storer.begin(store, list(zip(task_ids, delays, strict=True)))
        waited = self.waiter.call(end_waiting)
        stored_at = self.storer.end()
        latencies = [1_000 * (waited["at"][task_id] - stored_at[task_id]) for task_id in task_ids]
        return {**waited, "latencies": latencies}


def warm_up(implementation: Storing, task_id: str) -> None:
    """Connect, listen, count."""
    statements()
    getattr(implementation, "listener", None)
    store_success(implementation, [task_id], [0])


def store(implementation: Storing, plan: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Store each result at its time, or as soon as the one before is stored; when each was."""
    started_at = time.monotonic()
    stored_at = {}
    for task_id, delay in plan:
        time.sleep(max(0.0, started_at + delay - time.monotonic()))
        store_success(implementation, [task_id], [0])
        stored_at[task_id] = time.monotonic()
    return stored_at
