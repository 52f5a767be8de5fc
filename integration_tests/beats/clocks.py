"""``python -m integration_tests.beats.clocks postgresql``: beats whose clock is set under them.

That is the database's clock; where it is SQLite, that of the beats. While they send it is set an
hour forward, back again, and forward once more. Then each due time must be in the ledger once, the
hour that was left out as the policy of the entry has it, and each message must be of the ledger.
Prints a line of JSON, and what is wrong; the exit code is 1 if anything is. Needs ``faketime``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.lines import print_line, versions

from .setclock import SLEEP, SetClock, library
from .soaked import OWN_SERVERS, broker_of, make_soaked, server_version, soaking

if TYPE_CHECKING:
    from integration_tests.conftest import MakeProject
    from integration_tests.proxies import Proxy


def main() -> None:
    arguments = parse_arguments()
    if library() is None:
        sys.exit("faketime is not installed")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)  # the server runs under another account
        clock = SetClock(folder)
        with clock.inherited():
            make = stack.enter_context(soaking(arguments.database))
        wrong = step(make, clock, arguments)
    sys.exit("\n".join(wrong) or 0)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m integration_tests.beats.clocks", description=__doc__
    )
    parser.add_argument("database", choices=(*OWN_SERVERS, "sqlite"))
    parser.add_argument("--entries", type=int, default=50, help="due every second, of two policies")
    parser.add_argument("--beats", type=int, default=2)
    parser.add_argument(
        "--cut", action="store_true", help="cut connections to servers: nobody waits for a minute"
    )
    return parser.parse_args()


def step(make: MakeProject, clock: SetClock, arguments: argparse.Namespace) -> list[str]:
    """Run it; prints its line, and returns what is wrong."""
    from . import proxied, stepping  # need Django's registry

    with ExitStack() as stack:
        server: Proxy | None = None
        if arguments.database == "sqlite":
            project = make_soaked(make, files={"shop/__init__.py": SLEEP})
            project.environment.update(clock.environment)
        else:
            project = make_soaked(make)
            server = stack.enter_context(proxied.proxied(project, {}))[-1]
        stepped = stepping.Stepped(project, clock, server, arguments)
        stepped.run()
    wrong = list(stepping.find_wrong(stepped, is_cut=arguments.cut))
    print_line(
        **vars(arguments),
        **stepping.counts(stepped),
        wrong=len(wrong),
        all_seconds=round(stepped.seconds),
        server=server_version(),
        broker=broker_of(project),
        versions=versions(),
    )
    return wrong


if __name__ == "__main__":
    main()
