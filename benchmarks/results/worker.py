"""Tasks a second of a prefork worker that runs nothing and stores each result on PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.lines import print_line
from benchmarks.turns import medians, turns
from benchmarks.worker.measuring import CELERY, MANAGE, measure, require_servers

from .database import SETTINGS, own_database, require_postgresql
from .implementations import OUR_TABLE, PEER_TABLE
from .options import add_options, names, sum_up
from .raw import TABLE
from .rows import Rows

if TYPE_CHECKING:
    import argparse

QUICK = {"rounds": 1, "n": 50}
FIXUP = (*CELERY, "-A", "benchmarks.worker.fixup", "worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """How a worker is started, and the table in which it leaves a row a task."""

    command: tuple[str, ...] = FIXUP
    backend: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    table: str | None = None


CASES = {
    "peer": Case(backend="django-db", table=PEER_TABLE),
    "peer-reuse": Case(
        backend="django-db", table=PEER_TABLE, variables={"BENCH_REUSE_MAX": "1000000"}
    ),
    "ours": Case(backend="djcelery-database", table=OUR_TABLE),
    "ours-loader": Case(
        command=(*MANAGE, "celeryd"),
        backend="djcelery-database",
        table=OUR_TABLE,
        variables={"BENCH_LOADER": "1"},
    ),
    "limit-store": Case(
        command=(*CELERY, "-A", "benchmarks.results.rawstore", "worker"), table=TABLE
    ),
    "limit": Case(command=(*CELERY, "-A", "benchmarks.results.bare", "worker")),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_options(parser, impl=",".join(CASES), rounds=5, n=4_000, unit="tasks a round")


def run(arguments: argparse.Namespace) -> None:
    """Print a line a round and implementation, then one with the medians and their ratios."""
    require_servers()
    rates: dict[str, list[float]] = defaultdict(list)
    with own_database() as server:
        require_postgresql()
        for number, name in turns(names(arguments), arguments.rounds):
            line = measure_case(name, arguments.n)
            rates[name].append(line["tasks_per_second"])
            print_line(benchmark="results worker", round=number, impl=name, n=arguments.n, **line)
    sum_up(
        arguments,
        medians(rates),
        given="worker",
        benchmark="results worker",
        server=server,
        measured="tasks a second, median of rounds",
        slowest={name: min(values) for name, values in rates.items()},
        fastest={name: max(values) for name, values in rates.items()},
    )


def measure_case(name: str, n: int) -> dict[str, float]:
    """Run one round; raises ValueError if the worker left less than a row a task."""
    case = CASES[name]
    if case.table:
        Rows(case.table).delete()
    variables = {"DJANGO_SETTINGS_MODULE": SETTINGS, "BENCH_BACKEND": case.backend}
    line = measure(f"results-{name}", case.command, variables | case.variables, n)
    if case.table and (stored := Rows(case.table).count()) < n:
        raise ValueError(f"{name} stored {stored} results of {n}")
    return line
