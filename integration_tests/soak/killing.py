"""Kill workers, now the main process and now a child, and start them again."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event
from time import monotonic, sleep
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from concurrent.futures import Future

    from integration_tests.processes import Process
    from integration_tests.projects import Project

ORPHANS_END_WITHIN_SECONDS = 30


@dataclass(kw_only=True)
class Workers:
    """Some prefork workers of one project, each with a node name of its own.

    orphaned_seconds: the longest that a child was seen after its main process was killed.
    """

    project: Project
    number: int
    random: random.Random
    mains_killed: int = 0
    children_killed: int = 0
    orphaned_seconds: float = 0
    _pool: ThreadPoolExecutor = field(default_factory=ThreadPoolExecutor, init=False)
    _starting: list[Future[Process]] = field(default_factory=list, init=False)

    @property
    def names(self) -> list[str]:
        """Their node names, which no worker of another project has."""
        queue = self.project.app.conf.task_default_queue
        return [f"soak{number}@{queue}" for number in range(self.number)]

    def start(self) -> None:
        self._starting = [self._pool.submit(self._start, number) for number in range(self.number)]
        for number in range(self.number):
            self._running(number)

    def stop(self) -> None:
        """Stop warm."""
        for number in range(self.number):
            self._running(number).terminate(timeout=60)

    def counts(self) -> dict[str, float]:
        """Of what has happened to them, for the line of the soak."""
        return {
            "mains_killed": self.mains_killed,
            "children_killed": self.children_killed,
            "orphaned_seconds": round(self.orphaned_seconds, 3),
        }

    def kill_main(self, number: int) -> None:
        """Kill the main process of a worker, which starts again once its children have ended."""
        worker = self._running(number)
        children = children_of(worker.pid)
        worker.signal(signal.SIGKILL)
        self.mains_killed += 1
        self._starting[number] = self._pool.submit(self._restart, number, worker, children)

    def kill_child(self, number: int) -> None:
        """Kill a child of a worker, which then starts another."""
        children = children_of(self._running(number).pid)
        if children:
            os.kill(self.random.choice(children), signal.SIGKILL)
            self.children_killed += 1

    def _running(self, number: int) -> Process:
        """The worker, once it is ready."""
        return self._starting[number].result()

    def _restart(self, number: int, worker: Process, children: list[int]) -> Process:
        self._await_orphans(children)
        worker.kill()
        self.project.processes.remove(worker)
        return self._start(number)

    def _start(self, number: int) -> Process:
        name = ("-n", self.names[number], "--without-gossip")
        return self.project.celery(
            "worker", *name, "-P", "prefork", "-c", "2", "-l", "INFO", ready=" ready."
        )

    def _await_orphans(self, children: list[int]) -> None:
        """A child holds the connection to the broker open, which repeats nothing before it ends."""
        began = monotonic()
        while any(is_running(child) for child in children):
            assert monotonic() < began + ORPHANS_END_WITHIN_SECONDS, f"{children} did not end"
            sleep(0.01)
        self.orphaned_seconds = max(self.orphaned_seconds, monotonic() - began)


@contextmanager
def killing(workers: Workers, every_seconds: float) -> Iterator[None]:
    """In this block one worker is killed every so many seconds: main process and child in turns.

    Raises what goes wrong with a worker.
    """
    stopped = Event()
    with ThreadPoolExecutor(max_workers=1) as pool:
        done = pool.submit(_kill_in_turn, workers, every_seconds, stopped)
        try:
            yield
        finally:
            stopped.set()
        done.result()


def _kill_in_turn(workers: Workers, every_seconds: float, stopped: Event) -> None:
    for turn in count():
        if stopped.wait(every_seconds):
            return
        kill = workers.kill_child if turn % 2 else workers.kill_main
        kill((turn + turn // workers.number) % workers.number)


def children_of(pid: int) -> list[int]:
    """The processes that this one has started and that run."""
    numbers = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
    return [number for number in numbers if _state_and_parent(number) == (True, pid)]


def is_running(pid: int) -> bool:
    return _state_and_parent(pid)[0]


def _state_and_parent(pid: int) -> tuple[bool, int | None]:
    """Whether a process runs, and which has started it; one that nobody waited for has ended."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return False, None
    return state not in "ZX", int(parent)
