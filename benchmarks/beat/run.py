"""Beat: starting, looking, seeing an edit and sending."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from benchmarks.lines import fdatasync_us, print_line, versions
from benchmarks.results.database import own_database, require_postgresql
from benchmarks.targets import add_target_arguments, require_targets
from benchmarks.turns import medians, ratios, turns

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

MEASUREMENTS = ("start", "ticks", "dispatch", "two")
SETTINGS = "benchmarks.beat.settings"
SLOW = ("peer", "redbeat")
QUICK = {"sizes": "200", "rounds": 1, "n": 50, "ticks": 3, "edits": 2}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--measure", default=",".join(MEASUREMENTS), help="(default: all)")
    parser.add_argument("--impl", default="ours,limit,peer,redbeat", help="(default: all)")
    parser.add_argument("--sizes", default="1000,10000,100000,1000000", help="numbers of entries")
    parser.add_argument("--slow-up-to", type=int, default=10_000, help="entries, of the peers")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("-n", type=int, default=10_000, help="entries that are due (default 10000)")
    parser.add_argument("--ticks", type=int, default=200)
    parser.add_argument("--edits", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=30, help="of one dispatch, at the most")
    parser.add_argument("--quick", action="store_true", help="sizes to try it out, no more")
    add_target_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    """Print a line a round, and one that sums up."""
    if arguments.quick:
        vars(arguments).update(QUICK)
    figures: dict[str, list[float]] = defaultdict(list)
    with own_database(settings=SETTINGS, make_tables=lambda _cursor: None) as server:
        require_postgresql()
        for size in map(int, arguments.sizes.split(",")):
            for name, value in measured(arguments, size):
                figures[name].append(value)
    all_figures = medians(figures)
    all_figures |= ratios(all_figures, to_the_limit(all_figures))
    print_line(
        benchmark="beat",
        **{key: value for key, value in vars(arguments).items() if key != "run"},
        server=server,
        fdatasync_us=fdatasync_us(),
        figures={name: round(value, 4) for name, value in all_figures.items()},
        versions=versions(),
    )
    require_targets(arguments, all_figures)


def measured(arguments: argparse.Namespace, size: int) -> Iterable[tuple[str, float]]:
    """Figures by their names: ``ours.1000.start_ms``."""
    from django.db import connection  # noqa: PLC0415  # needs settings

    from .entries import empty_redis, fill  # noqa: PLC0415  # needs Django's registry

    names = [
        name
        for name in arguments.impl.split(",")
        if name not in SLOW or size <= arguments.slow_up_to
    ]
    fill(size, names)
    connection.close()  # children must not inherit it
    for what in arguments.measure.split(","):
        if what == "two":
            yield from measure_two(arguments, size)
            continue
        for number, name in turns(names, arguments.rounds):
            found = measure(arguments, what, name)
            print_line(benchmark="beat", measure=what, round=number, impl=name, size=size, **found)
            for key, value in found.items():
                yield f"{name}.{size}.{key}", value
    if "redbeat" in names:
        empty_redis()


def measure(arguments: argparse.Namespace, what: str, name: str) -> dict[str, float]:
    from django.db import connection  # noqa: PLC0415  # needs settings

    from . import measuring  # noqa: PLC0415
    from .entries import make_due  # noqa: PLC0415
    from .process import empty_queue, process  # noqa: PLC0415

    with process(name) as beat:
        looked: dict[str, float]
        if what == "start":
            looked = beat.call(measuring.start)
            return looked
        if what == "ticks":
            looked = beat.call(measuring.ticks, arguments.ticks, arguments.edits)
            return looked
        beat.call(measuring.begin)
        empty_queue()
        make_due(arguments.n, redbeat=name == "redbeat")
        connection.close()
        found = beat.call(measuring.dispatch, arguments.n, arguments.seconds)
        arrived = empty_queue()
    if arrived < found["sent"] or not arrived:
        raise SystemExit(f"{name} has sent {found['sent']}, and {arrived} have arrived")
    seconds = found["last"] - found["began"]
    return {
        "sent": arrived,
        "dispatch_per_s": arrived / seconds,
        "dispatch_cpu_us": 1e6 * found["cpu"] / max(arrived, 1),
    }


def measure_two(arguments: argparse.Namespace, size: int) -> Iterable[tuple[str, float]]:
    """Two beats of ours together, by turns with one alone."""
    from django.db import connection  # noqa: PLC0415  # needs settings

    from . import measuring  # noqa: PLC0415
    from .entries import make_due  # noqa: PLC0415
    from .process import empty_queue, process  # noqa: PLC0415

    for number, which in turns(("one", "two"), arguments.rounds):
        with process("ours") as first, process("ours") as second:
            beats = [first] if which == "one" else [first, second]
            for beat in beats:
                beat.call(measuring.begin)
            empty_queue()
            make_due(arguments.n, redbeat=False)
            connection.close()
            for beat in beats:
                beat.begin(measuring.dispatch, arguments.n, arguments.seconds)
            found = [beat.end() for beat in beats]
            arrived = empty_queue()
        seconds = max(one["last"] for one in found) - min(one["began"] for one in found)
        figures = {
            f"{which}_per_s": arrived / seconds,
            f"{which}_cpu_us": 1e6 * sum(one["cpu"] for one in found) / max(arrived, 1),
        }
        print_line(
            benchmark="beat",
            measure="two",
            round=number,
            impl=which,
            size=size,
            **figures,
            sent=[one["sent"] for one in found],
        )
        for key, value in figures.items():
            yield f"ours.{size}.{key}", value


def to_the_limit(figures: Iterable[str]) -> list[str]:
    """Which figures are divided: ours by the limit's and the peers', and two beats by one."""
    names = list(figures)
    pairs = []
    for name in names:
        first, _, rest = name.partition(".")
        if first != "ours":
            continue
        pairs += [f"{name}/{other}.{rest}" for other in ("limit", "peer", "redbeat")]
        if ".two_" in name:
            pairs.append(f"{name}/{name.replace('.two_', '.one_')}")
    return pairs
