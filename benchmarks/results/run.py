"""Storing, awaiting, joining and deleting results: ours beside the peers and the limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import cleanup, join, store, wake, worker

if TYPE_CHECKING:
    import argparse

MEASUREMENTS = {
    "store": store,
    "pair": store,
    "wake": wake,
    "join": join,
    "cleanup": cleanup,
    "worker": worker,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="MEASUREMENT", dest="measurement")
    for name, module in MEASUREMENTS.items():
        command = commands.add_parser(name, help=module.__doc__)
        module.add_arguments(command)
        command.add_argument("--quick", action="store_true", help="sizes to try it out, no more")


def run(arguments: argparse.Namespace) -> None:
    measurement = MEASUREMENTS[arguments.measurement]
    if arguments.quick:
        vars(arguments).update(measurement.QUICK)
    measurement.run(arguments)
