"""A beat with a clock that tests move, and a broker in memory that it sends to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from celery import Celery
from djcelery_beat.schedulers import DatabaseScheduler
from djcelery_models.models import IntervalSchedule, PeriodicTask, PeriodicTaskRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Clock:
    """A clock that can be moved."""

    drift = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.drift

    def move(self, seconds: float) -> None:
        self.drift += timedelta(seconds=seconds)


@dataclass
class Beat:
    """A scheduler, its clock, and what it has sent."""

    app: Celery
    scheduler: DatabaseScheduler
    clock: Clock

    def run(self, after: float = 0.0) -> list[dict[str, Any]]:
        """Move the clock, look until nothing is due, and return the headers of what was sent."""
        self.clock.move(after)
        self.scheduler._front = None  # a second has passed
        while not self.scheduler.tick():
            pass
        return self.sent()

    def sent(self) -> list[dict[str, Any]]:
        """Take the messages that are in the queue."""
        return [message.headers for message in self.messages()]

    def register(self, function: Callable[..., Any], **options: Any) -> None:
        """Make ``function`` the task that entries name."""
        register: Any = self.app.task
        register(shared=False, name="shop.tasks.add", **options)(function)

    def messages(self) -> list[Any]:
        with self.app.connection_for_read() as connection:
            queue = self.app.amqp.queues[self.app.conf.task_default_queue](connection.channel())
            queue.declare()
            taken = iter(lambda: queue.get(no_ack=True), None)
            return list(taken)


@pytest.fixture
def make_beat() -> Iterator[Callable[..., Beat]]:
    """Make a beat whose app has the settings given."""
    made: list[DatabaseScheduler] = []

    def make(*, scheduler: type[DatabaseScheduler] = DatabaseScheduler, **settings: Any) -> Beat:
        app = Celery("tests", broker="memory://", set_as_current=False)
        app.conf.update({"task_default_queue": f"tests-{uuid4().hex}", **settings})
        beat, clock = scheduler(app), Clock()
        beat.clock = clock  # type: ignore[assignment]  # it has all that is asked of one
        made.append(beat)
        return Beat(app=app, scheduler=beat, clock=clock)

    yield make
    for beat in made:
        beat._publisher.close()


@pytest.fixture
def beat(make_beat: Callable[..., Beat]) -> Beat:
    return make_beat(result_expires=None)


@pytest.fixture
def make_entry() -> Callable[..., PeriodicTask]:
    """Make an entry that is due every ten seconds, unless told otherwise."""

    def make(name: str = "entry", **fields: Any) -> PeriodicTask:
        kinds = ("interval", "crontab", "solar", "clocked")
        if not any(kind in fields for kind in kinds):
            fields["interval"] = IntervalSchedule.from_schedule(10)
        return PeriodicTask.objects.create(name=name, **{"task": "shop.tasks.add", **fields})

    return make


@pytest.fixture
def ledger() -> Callable[..., list[tuple[str, int]]]:
    """What the ledger has, in the order of due times: outcomes and how many runs each is about."""

    def read(name: str = "entry") -> list[tuple[str, int]]:
        runs = PeriodicTaskRun.objects.filter(entry__name=name).order_by("due_at")
        return list(runs.values_list("outcome", "count"))

    return read
