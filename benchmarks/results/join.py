"""``ResultSet.join()`` of results that are all there, in a client: time and statements."""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import ExitStack
from random import Random
from typing import TYPE_CHECKING

from benchmarks.lines import print_line
from benchmarks.turns import medians, turns

from .database import own_database
from .implementations import JOINING
from .options import add_options, names, sum_up
from .processes import process
from .requests import make_id, store_success
from .statements import statements

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from .implementations import Joining
    from .processes import Process

QUICK = {"rounds": 2, "n": 20}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_options(parser, impl="peer,ours,limit", rounds=9, n=1_000, unit="results to join")


def run(arguments: argparse.Namespace) -> None:
    """Print a line a round and implementation, then one with the medians and their ratios."""
    with own_database() as server, ExitStack() as stack:
        chosen = names(arguments)
        pairs = {}
        for name in chosen:
            storing = stack.enter_context(process(JOINING[name](), in_worker=True))
            joining = stack.enter_context(process(JOINING[name](), in_worker=False))
            pairs[name] = (storing, joining)
        seconds: dict[str, list[float]] = defaultdict(list)
        statements: dict[str, list[float]] = defaultdict(list)
        for number, name in turns(chosen, arguments.rounds):
            line = measure(*pairs[name], arguments.n, f"{arguments.seed} {number}")
            seconds[name].append(line["seconds"])
            statements[name].append(line["statements"])
            print_line(benchmark="join", round=number, impl=name, n=arguments.n, **line)
    figures = medians(seconds) | {
        f"{name}.statements": value for name, value in medians(statements).items() if value
    }
    sum_up(
        arguments,
        figures,
        given="join postgresql" if server.startswith("PostgreSQL") else "",
        benchmark="join",
        server=server,
        measured="seconds, median of rounds",
    )


def measure(storing: Process, joining: Process, n: int, seed: str) -> dict[str, float]:
    chooser = Random(seed)  # noqa: S311  # to be the same again
    task_ids = [make_id(chooser) for _ in range(n)]
    values = [chooser.randrange(1_000_000) for _ in range(n)]
    storing.call(store_success, task_ids, values)
    line: dict[str, float] = joining.call(join, task_ids, values)
    return line


def join(
    implementation: Joining, task_ids: Sequence[str], values: Sequence[object]
) -> dict[str, float]:
    """Time and statements of one join; the first in a process also connects."""
    before = len(statements())
    started_at = time.perf_counter()
    joined = implementation.join(task_ids)
    seconds = time.perf_counter() - started_at
    if joined != values:
        raise ValueError("the results joined are not those that were stored")
    return {"seconds": seconds, "statements": len(statements()) - before}
