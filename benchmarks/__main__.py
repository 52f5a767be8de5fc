"""``python -m benchmarks worker``: run one of the benchmarks."""

from __future__ import annotations

import argparse

from .beat import run as beat
from .results import run as results
from .worker import run as worker

BENCHMARKS = {"worker": worker, "results": results, "beat": beat}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="BENCHMARK")
    for name, module in BENCHMARKS.items():
        command = commands.add_parser(name, help=module.__doc__)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
