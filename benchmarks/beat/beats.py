"""One adapter for each implementation: how it starts, looks and sees an edit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

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
        """Change one entry, as its users do, so that the next look sees it."""


class Ours:
    """``DatabaseScheduler`` of djcelery-beat."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def start(self) -> None:
        from djcelery_beat.schedulers import DatabaseScheduler  # noqa: PLC0415  # ready

        self.scheduler = DatabaseScheduler(self._app)
        self.scheduler.connect()
        self.tick()

    def tick(self) -> int:
        before = self.scheduler.sent
        self.scheduler.tick()
        return self.scheduler.sent - before

    def edit(self) -> None:
        from djcelery_models.models import PeriodicTask  # noqa: PLC0415  # ready

        entry = PeriodicTask.objects.filter(interval__isnull=False).order_by("-pk")[0]
        PeriodicTask.objects.filter(pk=entry.pk).update(args="[2]")


class Peer:
    """``DatabaseScheduler`` of django-celery-beat."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def start(self) -> None:
        from django_celery_beat.schedulers import DatabaseScheduler  # noqa: PLC0415  # ready

        self.scheduler = DatabaseScheduler(self._app)
        _ = self.scheduler.producer
        self.tick()

    def tick(self) -> int:
        return 1 if self.scheduler.tick() == 0 else 0

    def edit(self) -> None:
        from django_celery_beat.models import PeriodicTask, PeriodicTasks  # noqa: PLC0415  # ready

        entry = PeriodicTask.objects.filter(interval__isnull=False).order_by("-pk")[0]
        entry.args = "[2]"
        entry.save()
        PeriodicTasks.update_changed()


class RedBeat:
    """celery-redbeat, in the Redis of ``REDIS_URL``; its entries are made when it starts first."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def start(self) -> None:
        from redbeat import RedBeatScheduler  # noqa: PLC0415  # a peer

        self.scheduler = RedBeatScheduler(self._app, lock_key=None)
        _ = self.scheduler.producer
        self.tick()

    def tick(self) -> int:
        return 1 if self.scheduler.tick() == 0 else 0

    def edit(self) -> None:
        from redbeat import RedBeatSchedulerEntry  # noqa: PLC0415  # a peer

        entry = RedBeatSchedulerEntry.from_key("redbeat:entry 0", app=self._app)
        entry.args = [2]
        entry.save()


BEATS: dict[str, Callable[[Celery], Any]] = {
    "ours": Ours,
    "peer": Peer,
    "redbeat": RedBeat,
    "limit": Limit,
}
