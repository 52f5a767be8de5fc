"""Results stored a second, by a child of a worker whose connection is kept open."""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import ExitStack
from random import Random
from typing import TYPE_CHECKING

from django.db import connection

from benchmarks.lines import print_line
from benchmarks.turns import medians, turns

from .database import own_database
from .implementations import STORING
from .options import add_options, names, sum_up
from .processes import process
from .processors import share_one
from .requests import make_id, make_request

if TYPE_CHECKING:
    import argparse

    from .implementations import Storing

QUICK = {"rounds": 2, "n": 20}
STATES = {"store": ("SUCCESS",), "pair": ("STARTED", "SUCCESS")}
WARM_UP = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_options(parser, impl="peer,sqlalchemy,ours,limit", rounds=15, n=300, unit="results a round")
    parser.add_argument(
        "--sync-commit", choices=["on", "off"], help="synchronous_commit of PostgreSQL"
    )


def run(arguments: argparse.Namespace) -> None:
    """Print a line a round and implementation, then one with the medians and their ratios."""
    measured = arguments.measurement
    with own_database(synchronous_commit=arguments.sync_commit) as server, ExitStack() as stack:
        made = {name: STORING[name]() for name in names(arguments)}
        processes = {
            name: stack.enter_context(process(implementation, in_worker=True))
            for name, implementation in made.items()
        }
        for name in made:
            processes[name].call(store, STATES[measured], WARM_UP, f"{arguments.seed} warm-up")
        is_one_processor = share_one()
        rates: dict[str, list[float]] = defaultdict(list)
        for number, name in turns(list(made), arguments.rounds):
            seed = f"{arguments.seed} {number}"
            empty_log()
            rate = processes[name].call(store, STATES[measured], arguments.n, seed)
            rates[name].append(rate)
            print_line(benchmark=measured, round=number, impl=name, n=arguments.n, per_second=rate)
    sum_up(
        arguments,
        medians(rates),
        given=baseline(measured, server, arguments.sync_commit),
        benchmark=measured,
        server=server,
        synchronous_commit=arguments.sync_commit or "as the server says",
        measured="tasks a second, median of rounds",
        one_processor=is_one_processor,
        slowest={name: min(values) for name, values in rates.items()},
        fastest={name: max(values) for name, values in rates.items()},
    )


def store(implementation: Storing, states: tuple[str, ...], n: int, seed: str) -> float:
    """Store every state of ``n`` new tasks, one after the other; tasks a second."""
    chooser = Random(seed)  # noqa: S311  # to be the same again
    task_ids = [make_id(chooser) for _ in range(n)]
    steps = [
        (task_id, state, {"value": chooser.randrange(1_000_000)}, make_request(task_id))
        for task_id in task_ids
        for state in states
    ]
    started_at = time.perf_counter()
    for step in steps:
        implementation.store(*step)
    return n / (time.perf_counter() - started_at)


def empty_log() -> None:
    """Nobody pays for what others have left to be written into SQLite's own file."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def baseline(measured: str, server: str, synchronous_commit: str | None) -> str:
    if server.startswith("PostgreSQL"):
        return f"{measured} postgresql {synchronous_commit or 'on'}"
    return f"{measured} {'sqlite' if server.startswith('SQLite') else 'mysql'}"
