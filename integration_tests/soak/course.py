"""Tasks are sent, workers killed and the database restarted, until all has come to rest."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from threading import Event
from time import monotonic, sleep
from typing import TYPE_CHECKING

from celery import states
from django.db import connection
from djcelery_models.models import ChordMeta, TaskMeta

from .killing import killing
from .sending import queued, revoke, send

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from integration_tests.projects import Project

    from .killing import Workers
    from .plan import Planned
    from .servers import Server

STALLED_SECONDS = 180
LOOK_SECONDS = 1.0
QUIET_LOOKS = 4
"""So often nothing must move: retries wait for up to a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a soak stands."""

    ended: int
    unfired: int
    queued: int
    noted_bytes: int


def run_course(
    planned: list[Planned], workers: Workers, server: Server | None, arguments: Namespace
) -> int:
    """Returns how often a unit had to be sent again. Stops where nothing moves any more."""
    project = workers.project
    stopped = Event()
    results = sum(end is not None for unit, _ in planned for end in unit.expected.values())
    workers.start()
    revoke(project.app, planned, workers.names)
    with ThreadPoolExecutor(max_workers=1) as pool, ExitStack() as at_end:
        at_end.callback(stopped.set)
        at_end.enter_context(killing(workers, arguments.kill_every))
        sending = pool.submit(send, project, planned, stopped)
        for now in watch(project):
            if server is not None and is_due(
                server.restarts, arguments.restarts, now.ended / results
            ):
                server.restart()
            if sending.done() and now.ended >= results and not now.unfired and not now.queued:
                break
    await_quiet(project)
    workers.stop()
    return sending.result()


def watch(project: Project) -> Iterator[Progress]:
    """Where the soak stands, each second, as long as something moves."""
    last, moved_at = None, monotonic()
    while monotonic() - moved_at < STALLED_SECONDS:
        now = look(project)
        if now != last:
            last, moved_at = now, monotonic()
        yield now
        sleep(LOOK_SECONDS)


def await_quiet(project: Project) -> None:
    """Wait until what was delivered twice has run, too."""
    seen: deque[Progress] = deque(maxlen=QUIET_LOOKS)
    for now in watch(project):
        seen.append(now)
        if seen.count(now) == QUIET_LOOKS:
            return


def look(project: Project) -> Progress:
    executions = project.path / "executions"
    connection.close()  # the database may have been restarted
    return Progress(
        ended=TaskMeta.objects.filter(status__in=states.READY_STATES).count(),
        unfired=ChordMeta.objects.filter(fired_at=None).count(),
        queued=queued(project),
        noted_bytes=executions.stat().st_size if executions.exists() else 0,
    )


def is_due(restarts: int, planned: int, done: float) -> bool:
    """Whether the next restart is; they divide the soak into parts of one size."""
    return restarts < planned and done * (planned + 1) >= restarts + 1
