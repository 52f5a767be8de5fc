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
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from benchmarks.lines import print_line, versions

from .setclock import SLEEP, SetClock, library
from .soaked import OWN_SERVERS, WAL, broker_of, make_soaked, server_version, soaking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration_tests.conftest import MakeProject
    from integration_tests.projects import Project
    from integration_tests.proxies import Proxy

GIVES_UP: Final = {"OPTIONS": {"timeout": 1}}
WAITS: Final = {"OPTIONS": {"timeout": 30}}


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
        "--cut", action="store_true", help="cut the connections, so that nobody waits for a minute"
    )
    return parser.parse_args()


def step(make: MakeProject, clock: SetClock, arguments: argparse.Namespace) -> list[str]:
    """Run it; prints its line, and returns what is wrong."""
    from . import proxied, stepping  # need Django's registry

    with ExitStack() as stack:
        server: Proxy | None = None
        if arguments.database == "sqlite":
            project = make_stepped(make, clock, GIVES_UP if arguments.cut else WAL)
        else:
            project = make_soaked(make)
            server = stack.enter_context(proxied.proxied(project, {}))[-1]
        stepped = stepping.Stepped(project, clock, server, arguments)
        stepped.run()
    # of two beats on SQLite one takes over, when its clock is set first, what the other has claimed
    may_repeat = arguments.cut or (arguments.database == "sqlite" and arguments.beats > 1)
    wrong = list(stepping.find_wrong(stepped, may_repeat=may_repeat))
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


def make_stepped(make: MakeProject, clock: SetClock, on_disk: Mapping[str, Any]) -> Project:
    """A project on SQLite whose processes see ``clock``; this one waits for their locks."""
    project = make_soaked(make, files={"shop/__init__.py": SLEEP}, on_disk=on_disk)
    connection.settings_dict |= WAITS
    project.environment.update(clock.environment)
    return project


if __name__ == "__main__":
    main()
