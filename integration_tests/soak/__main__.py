"""``python -m integration_tests.soak postgresql``: results while workers and the database die.

Four prefork workers run tasks of all kinds. Every few seconds one of them loses its main process or
a child, and the database is restarted. Then each task must have ended as it must. Prints one line
of JSON, and what is wrong; the exit code is 1 if anything is. ``BROKER_URL`` names a RabbitMQ: no
other broker delivers again, at once, what a killed worker had. "given" is the database of
``DATABASE_URL``, which is not restarted.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings
from django.db import connection, connections

from benchmarks.lines import print_line, versions
from integration_tests.conftest import making_projects

from .killing import Workers
from .sending import queued
from .servers import private_server

if TYPE_CHECKING:
    from integration_tests.conftest import MakeProject
    from integration_tests.projects import Project

    from .servers import Server

SIZES = {"postgresql": 100_000, "mariadb": 10_000, "sqlite": 2_000, "given": 2_000}
RESTARTED = ("postgresql", "mariadb")
RABBITMQ = "amqp://guest:guest@127.0.0.1:5672//"
WAL = {"timeout": 30, "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"}
WORKERS = 4
MOST_LINES = 100


def main() -> None:
    arguments = parse_arguments()
    os.environ.setdefault("BROKER_URL", RABBITMQ)
    settings.configure(INSTALLED_APPS=["djcelery_backends"], USE_TZ=True)
    django.setup()
    with ExitStack() as stack:
        server = None
        if arguments.database in RESTARTED:
            server = stack.enter_context(private_server(arguments.database))
            os.environ["DATABASE_URL"] = server.url
        elif arguments.database == "sqlite":
            os.environ.pop("DATABASE_URL", None)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        make = stack.enter_context(making_projects(folder))
        wrong = soak(make_soaked(make, arguments), server, arguments)
    sys.exit("\n".join(wrong[:MOST_LINES]) or 0)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m integration_tests.soak", description=__doc__)
    parser.add_argument("database", choices=SIZES)
    parser.add_argument("--tasks", type=int, help=f"at least; default {SIZES}")
    parser.add_argument("--chord-size", type=int, default=500)
    parser.add_argument("--restarts", type=int, default=2, help="of the database")
    parser.add_argument("--kill-every", type=float, default=5, metavar="SECONDS")
    parser.add_argument(
        "--stale", type=float, default=60, metavar="SECONDS", help="when a dead process is noticed"
    )
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.tasks = arguments.tasks or SIZES[arguments.database]
    return arguments


def make_soaked(make: MakeProject, arguments: argparse.Namespace) -> Project:
    """A project whose tasks may be repeated, and are if a worker dies."""
    given: dict[str, Any] = {
        "INSTALLED_APPS": ["djcelery_loader", "djcelery_backends", "shop"],
        "CELERY_RESULT_BACKEND": "djcelery-database",
        "CELERY_RESULT_EXTENDED": True,
        "CELERY_TASK_ACKS_LATE": True,
        "CELERY_TASK_REJECT_ON_WORKER_LOST": True,
        "CELERY_TASK_TRACK_STARTED": True,
        "CELERY_BROKER_TRANSPORT_OPTIONS": {"confirm_publish": True},
        "SOAK_STALE_SECONDS": arguments.stale,
    }
    tasks = (Path(__file__).parent / "tasks.py").read_text()
    options = {} if "DATABASE_URL" in os.environ else {"OPTIONS": WAL}
    project = make(settings=given, files={"shop/tasks.py": tasks}, database=options)
    project.manage("migrate")
    return project


def soak(project: Project, server: Server | None, arguments: argparse.Namespace) -> list[str]:
    """Run it, print its line, and return what is wrong."""
    connections.settings = connections.configure_settings(project.settings["DATABASES"])
    del connections["default"]  # of no database: there was none when Django was set up
    from . import checking, course, plan  # need Django's registry

    began = monotonic()
    seed, tasks, chord_size = arguments.seed, arguments.tasks, arguments.chord_size
    planned = plan.plan(project.app, seed=seed, tasks=tasks, chord_size=chord_size)
    workers = Workers(project=project, number=WORKERS, random=random.Random(seed))
    sent_again = course.run_course(planned, workers, server, arguments)
    executions = checking.read_executions(project.path / "executions")
    wrong = list(checking.find_wrong(project.app, planned, executions))
    if left := queued(project):
        wrong.append(f"{left} messages are left in the queue")
    print_line(
        **vars(arguments) | workers.counts(),
        units=len(planned),
        sent=sum(len(unit.expected) for unit, _ in planned),
        sent_again=sent_again,
        restarted=server.restarts if server else 0,
        executions=executions.total(),
        duplicates=checking.duplicates(executions),
        wrong=len(wrong),
        seconds=round(monotonic() - began),
        server=server_version(),
        versions=versions(),
    )
    return wrong


def server_version() -> str:
    return f"{connection.display_name} {'.'.join(map(str, connection.get_database_version()))}"


if __name__ == "__main__":
    main()
