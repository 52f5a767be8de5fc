"""``python -m integration_tests.beats postgresql``: beats while they, broker and database die.

Three beats send entries that are due every second. Every two seconds one of them is killed and
started again; in the middle the broker, and then the database, is away for a while. Then each due
time must be in the ledger once, and each message that has arrived must be one of the ledger's.
Prints one line of JSON a policy, and what is wrong; the exit code is 1 if anything is.
``BROKER_URL`` names a RabbitMQ or a Redis; "given" is the database of ``DATABASE_URL``.
"""

from __future__ import annotations

import argparse
import sys
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from benchmarks.lines import print_line, versions

from . import eager
from .soaked import DATABASES, broker_of, make_soaked, server_version, soaking

if TYPE_CHECKING:
    from integration_tests.conftest import MakeProject
    from integration_tests.projects import Project

MOST_LINES: Final = 100


def main() -> None:
    arguments = parse_arguments()
    with soaking(arguments.database) as make:
        wrong = [line for policy in arguments.policies for line in soak(make, policy, arguments)]
        if arguments.stops:
            wrong += soak_stops(make, arguments)
    sys.exit("\n".join(wrong[:MOST_LINES]) or 0)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m integration_tests.beats", description=__doc__)
    parser.add_argument("database", choices=DATABASES)
    parser.add_argument("--entries", type=int, default=500, help="due every second (default 500)")
    parser.add_argument("--seconds", type=float, default=60, help="default 60")
    parser.add_argument("--away", type=float, default=10, help="seconds; of each server")
    parser.add_argument("--kill-every", type=float, default=2, metavar="SECONDS")
    parser.add_argument("--policies", nargs="+", default=["run_all", "run_once"])
    parser.add_argument("--beats", type=int, default=3)
    parser.add_argument("--stops", type=int, default=50, help="SIGTERMs of one beat under load")
    parser.add_argument(
        "--eager", action="store_true", help="beats run the tasks themselves, and leave a line each"
    )
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def soak(make: MakeProject, policy: str, arguments: argparse.Namespace) -> list[str]:
    """Run it with entries of one misfire policy; prints its line, and returns what is wrong."""
    from . import checking, course, proxied  # need Django's registry

    project = soaked_project(make, arguments)
    began = monotonic()
    with proxied.proxied(project, files_of(arguments)) as (broker, *servers):
        cut = servers if arguments.eager else [broker, *servers]
        ran = course.run_course(project, cut, policy, arguments)
    wrong = list(checking.find_wrong(ran, policy))
    print_line(
        **vars(arguments) | {"policy": policy} | ran.counts(),
        wrong=len(wrong),
        all_seconds=round(monotonic() - began),
        server=server_version(),
        broker=broker_of(project),
        versions=versions(),
    )
    return [f"{policy}: {line}" for line in wrong]


def soak_stops(make: MakeProject, arguments: argparse.Namespace) -> list[str]:
    """Stop a beat again and again while it sends; prints its line, and returns what is wrong."""
    from . import checking, course  # need Django's registry

    project = soaked_project(make, arguments)
    stopped = course.run_stops(project, arguments)
    wrong = list(checking.find_wrong_stops(stopped))
    print_line(
        database=arguments.database,
        entries=arguments.entries,
        eager=arguments.eager,
        seed=arguments.seed,
        stops=len(stopped.seconds),
        slowest_stop=round(max(stopped.seconds), 2),
        sent=len(stopped.sent),
        arrived=len(stopped.arrived),
        duplicates=len(stopped.arrived) - len(set(stopped.arrived)),
        wrong=len(wrong),
        server=server_version(),
        broker=broker_of(project),
    )
    return wrong


def soaked_project(make: MakeProject, arguments: argparse.Namespace) -> Project:
    options: dict[str, Any] = {"CELERY_TASK_ALWAYS_EAGER": True} if arguments.eager else {}
    return make_soaked(make, files=files_of(arguments), **options)


def files_of(arguments: argparse.Namespace) -> dict[str, str]:
    return {"shop/tasks.py": eager.TASKS} if arguments.eager else {}


if __name__ == "__main__":
    main()
