"""One adapter for each implementation: how it starts, looks and sees an edit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from celery.signals import after_task_publish

from .limit import Limit

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery import Celery


class Beat(Protocol):
    """A beat in this process."""

    def start(self) -> None:
        """From nothing to the end of the first look, with both connections open."""

    def tick(self) -> int:
        """Look once; how many were sent, as far as it says so."""

    def edit(self) -> None:
        """Save one entry with another argument, so that the next look sees it."""

    def update(self) -> None:
        """The same past the model: by a statement, as a queryset writes it."""


class InTables:
    """Entries that are rows of a Django model, whose manager is ``entries``."""

    entries: Any

    def edit(self) -> None:
        entry = self._entry()
        entry.args = "[2]"
        entry.save()

    def update(self) -> None:
        self.entries.filter(pk=self._entry().pk).update(args="[2]")

    def _entry(self) -> Any:
        return self.entries.filter(interval__isnull=False).order_by("-pk")[0]


class Ours(InTables):
    """``DatabaseScheduler`` of djcelery-beat."""

    def __init__(self, app: Celery) -> None:
        from djcelery_beat.schedulers import DatabaseScheduler  # noqa: PLC0415  # ready

        self._app = app
        self._scheduler: Any = DatabaseScheduler

    def start(self) -> None:
        self.scheduler: Any = self._scheduler(self._app)
        self.scheduler.connect()
        self.tick()

    def tick(self) -> int:
        before = int(self.scheduler.sent)
        self.scheduler.tick()
        return int(self.scheduler.sent) - before

    @property
    def entries(self) -> Any:
        from djcelery_models.models import PeriodicTask  # noqa: PLC0415  # ready

        return PeriodicTask.objects


class Counted:
    """A scheduler that does not say what it has sent: Celery's signal does."""

    scheduler: Any

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._sent = 0
        after_task_publish.connect(self._count, weak=False)

    def _count(self, **_kwargs: object) -> None:
        self._sent += 1

    def tick(self) -> int:
        before = self._sent
        self.scheduler.tick()
        return self._sent - before


class Peer(Counted, InTables):
    """``DatabaseScheduler`` of django-celery-beat."""

    def __init__(self, app: Celery) -> None:
        from django_celery_beat.schedulers import DatabaseScheduler  # noqa: PLC0415  # ready

        super().__init__(app)
        self._scheduler: Any = DatabaseScheduler

    def start(self) -> None:
        self.scheduler = self._scheduler(self._app)
        _ = self.scheduler.producer
        self.tick()

    def update(self) -> None:
        from django_celery_beat.models import PeriodicTasks  # noqa: PLC0415  # ready

        super().update()
        PeriodicTasks.update_changed()

    @property
    def entries(self) -> Any:
        from django_celery_beat.models import PeriodicTask  # noqa: PLC0415  # ready

        return PeriodicTask.objects


class RedBeat(Counted):
    """celery-redbeat, without its lock, in the Redis of ``REDIS_URL``."""

    def __init__(self, app: Celery) -> None:
        from redbeat import RedBeatScheduler  # noqa: PLC0415  # a peer

        super().__init__(app)
        self._scheduler: Any = RedBeatScheduler

    def start(self) -> None:
        self.scheduler = self._scheduler(self._app)
        self.scheduler.lock_key = None
        _ = self.scheduler.producer
        self.tick()

    def edit(self) -> None:
        from redbeat import RedBeatSchedulerEntry  # noqa: PLC0415  # a peer

        entry = RedBeatSchedulerEntry.from_key("redbeat:entry 0", app=self._app)
        entry.args = [2]
        entry.save()

    update = edit


BEATS: dict[str, Callable[[Celery], Any]] = {
    "ours": Ours,
    "peer": Peer,
    "redbeat": RedBeat,
    "limit": Limit,
}
