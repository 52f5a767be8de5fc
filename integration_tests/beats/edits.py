"""``python -m integration_tests.beats.edits postgresql``: how soon one idle beat acts on an edit.

Entries, and the schedules that they have, are edited in each way that there is: through Django, in
SQL, under REPEATABLE READ and through PgBouncer. It counts from the return of the commit until an
entry has another next run, and until the ledger has the run of one that the edit has made due. Then
an interval is edited that many entries use, until beat has planned all of them anew. Prints JSON, a
line a way, and what took too long; the exit code is 1 if anything did.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.lines import print_line, versions
from integration_tests.poolers import pgbouncer

from .soaked import broker_of, make_soaked, server_version, soaking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration_tests.projects import Project

    from .acting import Seconds
    from .course import Draining

LONGEST_SECONDS: Final = 1.5
LONGEST_OF_MANY_SECONDS: Final = 2.0
REPEATABLE_READ: Final[dict[str, Any]] = {"postgresql": 3, "mariadb": "repeatable read"}
THROUGH: Final = {
    "postgresql": ("pgbouncer", "read committed", "repeatable read"),
    "mariadb": ("read committed", "repeatable read"),
    "sqlite": ("serializable",),
}


def main() -> None:
    arguments = parse_arguments()
    wrong: list[str] = []
    with soaking(arguments.database) as make:
        known = THROUGH[arguments.database]
        for through in [way for way in known if way in (arguments.through or known)]:
            with reaching(arguments.database, through) as database:
                project = make_soaked(make, database=database)
                wrong += [f"{through}: {line}" for line in measure(project, through, arguments)]
    sys.exit("\n".join(wrong) or 0)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m integration_tests.beats.edits", description=__doc__
    )
    parser.add_argument("database", choices=THROUGH)
    parser.add_argument("--rounds", type=int, default=20, help="of each way (default 20)")
    parser.add_argument("--entries", type=int, default=1_000, help="of one interval (default 1000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--through",
        nargs="+",
        choices=sorted({way for ways in THROUGH.values() for way in ways}),
        help="default: each that the database has",
    )
    return parser.parse_args()


@contextmanager
def reaching(database: str, through: str) -> Iterator[dict[str, Any]]:
    """What ``DATABASES`` has to say for a project to reach its database in that way."""
    if through == "repeatable read":
        yield {"OPTIONS": {"isolation_level": REPEATABLE_READ[database]}}
        return
    with tempfile.TemporaryDirectory() as folder:
        is_pooled = through == "pgbouncer"
        with pgbouncer(Path(folder)) if is_pooled else nullcontext(0) as port:
            pooled = {"HOST": "127.0.0.1", "PORT": port, "DISABLE_SERVER_SIDE_CURSORS": True}
            yield pooled if is_pooled else {}


def measure(project: Project, through: str, arguments: argparse.Namespace) -> Iterator[str]:
    """Print a line a way; gives what took too long, or has not arrived."""
    from . import acting, course  # need Django's registry

    server = {"server": server_version(), "broker": broker_of(project), "versions": versions()}
    with course.Draining(project) as messages:
        beat = project.celery("beat", "-S", "djcelery", "-l", "INFO", ready="beat: Starting")
        acting.await_first_look()
        for what, seconds, longest in timed(arguments):
            known = vars(arguments) | {"through": through}
            print_line(**known, **what, **seconds.figures, **server)
            for name, value in seconds.figures.items():
                if value > longest:
                    yield f"{' '.join(what.values())}: {name} is {value}, {longest} at most"
        assert beat.terminate() == 0
        yield from not_arrived(messages)


def timed(arguments: argparse.Namespace) -> Iterator[tuple[dict[str, str], Seconds, float]]:
    """What is edited and how, how long beat took each time, and how long it may take."""
    from . import acting, editing  # need Django's registry

    chooser = random.Random(arguments.seed)
    for edited in editing.EDITED:
        for way in editing.WAYS:
            seconds = acting.time_edits(edited, way, arguments.rounds, chooser)
            yield {"edited": edited, "way": way}, seconds, LONGEST_SECONDS
    for way in editing.WAYS:
        seconds = acting.time_many(way, arguments, chooser)
        yield {"edited": "schedule of many", "way": way}, seconds, LONGEST_OF_MANY_SECONDS


def not_arrived(messages: Draining) -> Iterator[str]:
    from djcelery_models.models import PeriodicTaskRun  # needs Django's registry

    sent = PeriodicTaskRun.objects.exclude(task_id=None).values_list("task_id", flat=True)
    known = {str(task_id) for task_id in sent}
    for task_id in known ^ {task_id for task_id, _, _ in messages.all_of(known)}:
        yield f"{task_id} is in one of ledger and queue alone"


if __name__ == "__main__":
    main()
