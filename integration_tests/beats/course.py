"""Beats send what is due and are killed, and servers go away, for a given time."""

from __future__ import annotations

import random
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Self

from django.db import connection
from djcelery_models.models import IntervalSchedule, PeriodicTask, PeriodicTaskRun

from .eager import Noted

if TYPE_CHECKING:
    from argparse import Namespace
    from concurrent.futures import Future

    from integration_tests.processes import Process
    from integration_tests.projects import Project
    from integration_tests.proxies import Proxy

EVERY = timedelta(seconds=1)
GRACE_SECONDS = 60
CATCHING_UP_SECONDS = 120


@dataclass(kw_only=True)
class Ran:
    """What has happened.

    first_due: by entry; arrived: of each message the id of its task, entry and due time.
    """

    first_due: dict[str, datetime]
    runs: list[PeriodicTaskRun] = field(default_factory=list)
    arrived: list[tuple[str, str, datetime]] = field(default_factory=list)
    killed: int = 0
    slowest_stop: float = 0.0

    def counts(self) -> dict[str, Any]:
        """For the line that is printed."""
        sent = [run for run in self.runs if run.outcome == "sent"]
        return {
            "killed": self.killed,
            "sent": len(sent),
            "passed_over": sum(run.count for run in self.runs if run.outcome != "sent"),
            "arrived": len(self.arrived),
            "duplicates": len(self.arrived) - len({task_id for task_id, _, _ in self.arrived}),
            "slowest_stop": round(self.slowest_stop, 2),
        }


def run_course(project: Project, servers: list[Proxy], policy: str, arguments: Namespace) -> Ran:
    """Run it, and read the ledger and the messages."""
    make_entries(arguments.entries, policy)
    beats = Beats(project, arguments.beats, random.Random(arguments.seed))
    planned: Any = PeriodicTask.objects.values_list("name", "next_run_at")
    ran = Ran(first_due=dict(planned))
    with messages_of(project, arguments) as messages:
        beats.start()
        cut = [
            (number / (len(servers) + 1), server) for number, server in enumerate(servers, start=1)
        ]
        began = monotonic()
        with ThreadPoolExecutor(1) as pool:
            cutting = pool.submit(cut_in_turn, cut, began, arguments)
            while monotonic() - began < arguments.seconds or not cutting.done():
                sleep(arguments.kill_every)
                beats.kill_one()
            cutting.result()
        await_caught_up()
        ran.slowest_stop = beats.stop()
        ran.killed = beats.killed
        ran.runs = list(PeriodicTaskRun.objects.select_related("entry").order_by("due_at"))
        ran.arrived = messages.all_of({run.task_id for run in ran.runs if run.task_id})
    return ran


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """How long each stop took, and the ids of what was sent and of what has arrived."""

    seconds: list[float]
    sent: list[str]
    arrived: list[str]


def run_stops(project: Project, arguments: Namespace) -> Stopped:
    """Stop a beat while it sends, as often as ``arguments`` say."""
    make_entries(arguments.entries, "run_once")
    seconds = []
    with messages_of(project, arguments) as messages:
        for _stop in range(arguments.stops):
            beat = project.celery("beat", "-S", "djcelery", "-l", "INFO", ready="beat: Starting")
            await_runs(PeriodicTaskRun.objects.count() + 1)
            began = monotonic()
            beat.terminate()
            seconds.append(monotonic() - began)
            project.processes.remove(beat)
            beat.kill()
        runs = PeriodicTaskRun.objects.exclude(task_id=None)
        sent = [str(run) for run in runs.values_list("task_id", flat=True)]
        arrived = [task_id for task_id, _, _ in messages.all_of(set(sent))]
    return Stopped(seconds=seconds, sent=sent, arrived=arrived)


def await_runs(number: int) -> None:
    """Until the ledger has so many rows."""
    deadline = monotonic() + CATCHING_UP_SECONDS
    while PeriodicTaskRun.objects.count() < number:
        assert monotonic() < deadline, f"{PeriodicTaskRun.objects.count()} runs, not {number}"
        sleep(0.01)


def make_entries(number: int, policy: str) -> None:
    every = IntervalSchedule.from_schedule(EVERY)
    PeriodicTask.objects.bulk_create(
        PeriodicTask(
            name=f"entry {index}",
            task="shop.tasks.add",
            args=f"[{index}, 0]",
            interval=every,
            misfire=policy,
            misfire_grace_seconds=GRACE_SECONDS if policy == "run_all" else None,
        )
        for index in range(number)
    )


def cut_in_turn(cut: list[tuple[float, Proxy]], began: float, arguments: Namespace) -> None:
    for share, server in cut:
        sleep(max(0.0, began + share * arguments.seconds - monotonic()))
        server.stop()
        sleep(arguments.away)
        server.start()


def await_caught_up() -> None:
    """Until nothing is due that was due two seconds ago."""
    deadline = monotonic() + CATCHING_UP_SECONDS
    while monotonic() < deadline:
        first = PeriodicTask.objects.enabled().order_by("check_at").values_list("check_at")[0][0]
        if first is not None and (now() - first).total_seconds() < 1.5:  # a look and a batch
            return
        sleep(0.2)
    raise AssertionError(f"beats did not catch up within {CATCHING_UP_SECONDS} s")


def now() -> datetime:
    from djcelery_beat.clock import DatabaseClock  # of the connection that is there now

    return DatabaseClock(connection.alias).now()


class Beats:
    """Some beats of one project."""

    def __init__(self, project: Project, number: int, chooser: random.Random) -> None:
        self._project = project
        self._random = chooser
        self._number = number
        self._pool = ThreadPoolExecutor(number)
        self._running: list[Future[Process]] = []
        self.killed = 0

    def start(self) -> None:
        self._running = [self._pool.submit(self._start) for _ in range(self._number)]
        for beat in self._running:
            beat.result()

    def _start(self) -> Process:
        return self._project.celery("beat", "-S", "djcelery", "-l", "INFO", ready="beat: Starting")

    def kill_one(self) -> None:
        """Kill one of them, and have another start in its place."""
        place = self._random.randrange(self._number)
        beat = self._running[place].result()
        beat.kill()
        self._project.processes.remove(beat)
        self.killed += 1
        self._running[place] = self._pool.submit(self._start)

    def stop(self) -> float:
        """Stop all as an operator does; how many seconds the slowest took."""
        running = [beat.result() for beat in self._running]
        began = monotonic()
        for beat in running:
            beat.signal(signal.SIGTERM)
        for beat in running:
            beat.wait()
        return monotonic() - began


def messages_of(project: Project, arguments: Namespace) -> Draining | Noted:
    return Noted(project) if arguments.eager else Draining(project)


class Draining:
    """Takes the messages of a project as they come."""

    def __init__(self, project: Project) -> None:
        self._app = project.app
        self._stopped = Event()
        self._taken: list[tuple[str, str, datetime]] = []
        self._thread = Thread(target=self._drain, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopped.set()
        self._thread.join()

    def all_of(self, task_ids: set[str]) -> list[tuple[str, str, datetime]]:
        """The messages, once those of ``task_ids`` are there, or have had their time."""
        deadline = monotonic() + 30
        while task_ids - {task_id for task_id, _, _ in self._taken} and monotonic() < deadline:
            sleep(0.1)
        return list(self._taken)

    def _drain(self) -> None:
        name = self._app.conf.task_default_queue
        with self._app.connection_for_read() as opened:
            queue = self._app.amqp.queues[name]
            consumer: Any = self._app.amqp.TaskConsumer(
                opened.channel(), queues=[queue], on_message=self._take, no_ack=True
            )
            with consumer:
                while not self._stopped.is_set():
                    try:
                        opened.drain_events(timeout=0.2)
                    except TimeoutError:
                        continue

    def _take(self, message: Any) -> None:
        headers = message.headers
        due = datetime.fromisoformat(headers["periodic_task_due_at"])
        self._taken.append((headers["id"], headers["periodic_task_name"], due))
