"""``python -m integration_tests.nextruns crontabs``: next runs, beside what clocks show.

``crontabs`` tries crontabs by chance in the three days around each change of the clocks of some
years, in all zones; ``year`` simulates entries for one of them. What should be due is found minute
by minute. Prints one line of JSON, and what is wrong; the exit code is 1 if anything is.
"""

from __future__ import annotations

import argparse
import random
import sys
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from zoneinfo import available_timezones

from benchmarks.lines import print_line, versions

from .around import compare_around
from .clocks import changes_of_zones
from .compared import Compared
from .year import choose_entries, due_by_the_clocks, due_by_the_simulator

MOST_LINES = 100


def main() -> None:
    arguments = parse_arguments()
    began = monotonic()
    compared = Compared()
    compare = {"crontabs": compare_crontabs, "year": compare_year}[arguments.of]
    figures = compare(compared, arguments, random.Random(arguments.seed))
    print_line(
        of=arguments.of,
        seed=arguments.seed,
        **figures,
        compared=compared.runs,
        wrong=len(compared.wrong),
        seconds=round(monotonic() - began, 1),
        versions=versions(),
    )
    sys.exit("\n".join(compared.wrong[:MOST_LINES]) or 0)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m integration_tests.nextruns", description=__doc__
    )
    parts = parser.add_subparsers(dest="of", required=True)
    crontabs = parts.add_parser("crontabs")
    crontabs.add_argument("--zones", type=int, help="so many by chance (default all)")
    crontabs.add_argument("--each", type=int, default=100, help="crontabs a change (default 100)")
    year = parts.add_parser("year")
    year.add_argument("--zones", type=int, default=20, help="by chance (default 20)")
    year.add_argument("--entries", type=int, default=200, help="default 200")
    year.add_argument("--days", type=int, default=365, help="default 365")
    for part in (crontabs, year):
        part.add_argument("--years", type=int, nargs=2, default=(2024, 2030), help="2024 2030")
        part.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def compare_crontabs(
    compared: Compared, arguments: argparse.Namespace, chooser: random.Random
) -> dict[str, Any]:
    names = sorted(available_timezones())
    if arguments.zones is not None:
        names = chooser.sample(names, arguments.zones)
    first, last = arguments.years
    changes = changes_of_zones(names, new_year(first), new_year(last + 1))
    tried = 0
    for zone, moments in changes.items():
        # of a zone whose clocks never change any time will do
        around = moments or [new_year(first) + timedelta(days=chooser.randrange(300))]
        tried += compare_around(compared, zone, around, arguments.each, chooser)
    return {
        "years": arguments.years,
        "zones": len(names),
        "zones_that_differ": len(changes),
        "transitions": sum(map(len, changes.values())),
        "crontabs": tried,
    }


def compare_year(
    compared: Compared, arguments: argparse.Namespace, chooser: random.Random
) -> dict[str, Any]:
    year = chooser.randint(*arguments.years)
    start = new_year(year)
    end = start + timedelta(days=arguments.days)
    changes = changes_of_zones(available_timezones(), start, new_year(year + 1))
    zones = chooser.sample([zone for zone, moments in changes.items() if moments], arguments.zones)
    entries = list(choose_entries(zones, arguments.entries, start, end, chooser))
    began = monotonic()
    found = due_by_the_simulator(entries, start, end)
    simulated_seconds = round(monotonic() - began, 1)
    expected = due_by_the_clocks(entries, start, end)
    for entry in entries:
        compared.add(entry.name, found[entry.name], expected[entry.name])
    return {
        "year": year,
        "days": arguments.days,
        "zones": len(zones),
        "entries": len(entries),
        "simulated_seconds": simulated_seconds,
    }


def new_year(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


if __name__ == "__main__":
    main()
