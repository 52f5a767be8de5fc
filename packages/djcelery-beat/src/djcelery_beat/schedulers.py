"""The scheduler of beat, whose schedule is the database."""

from __future__ import annotations

import logging
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, Final

from celery.beat import Scheduler
from django.db import OperationalError, ProgrammingError, connections, router
from djcelery_models.models import PeriodicTask, PeriodicTasks
from djcelery_utils.databases import DATABASE_ERRORS

from . import claiming, codeschedule, ledger
from .batches import Batches
from .clock import DatabaseClock
from .codeentries import write_entry
from .entries import ModelEntry
from .errors import BrokerFailed
from .heartbeat import Heartbeat, ever_listed, forget
from .publisher import Publisher
from .sending import Sender
from .settings import get_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from celery import Celery

__all__ = ["DatabaseScheduler", "ModelEntry"]

logger = logging.getLogger(__name__)

LOOK_EVERY_SECONDS: Final = 1.0
EMPTY_CLAIM_SECONDS: Final = 0.05
FORGET_EVERY_SECONDS: Final = 3_600.0
PAUSES: Final = (0.0, 1.0, 2.0, 5.0)
"""Seconds to wait after the first, second, … failure in a row."""


def _is_unknown(error: Exception) -> bool:
    """Whether ``error`` says that a table or column is not there; SQLite has no class for that."""
    is_missing = isinstance(error, OperationalError) and "no such " in str(error)
    return is_missing or isinstance(error, ProgrammingError)


class DatabaseScheduler(Scheduler):
    """Sends what is due by the tables of ``djcelery_models``; any number may run side by side.

    Hooks: ``Entry`` for how a row becomes a message, ``apply_async`` for the sending of one.
    """

    Entry: Any = ModelEntry
    Model: ClassVar[type[PeriodicTask]] = PeriodicTask
    Changes: ClassVar[type[PeriodicTasks]] = PeriodicTasks
    max_interval: Any = LOOK_EVERY_SECONDS

    def __init__(self, app: Celery, *args: Any, **kwargs: Any) -> None:
        super().__init__(app, *args, **{**kwargs, "lazy": True})
        self.max_interval = min(self.max_interval, LOOK_EVERY_SECONDS)
        self.using = router.db_for_write(PeriodicTask)
        self.clock = DatabaseClock(self.using)
        self.is_stopping = False
        self._is_looking = False
        self._publisher = Publisher(app, vars(self)["Producer"])
        self._batches: Any = None
        self._heartbeat: Any = None
        self._code: dict[str, Any] = {}
        self._unwritten: dict[str, Any] = {}
        self._failures = 0
        self._front: datetime | None = None
        self._all_looked_at = -inf
        self._forgetting: Iterator[int] = iter(())
        self._forgotten_at: float | None = None

    def setup_schedule(self) -> None:
        """Write the entries of the settings to the database; the first look calls it."""
        self._code = codeschedule.code_schedule(self.app)
        get_settings()  # a wrong one is told before anything is sent
        self._heartbeat = self._heartbeat or Heartbeat(self.using, self._names)
        self._heartbeat.write(self.clock)
        self._unwritten = codeschedule.apply(self._code)
        self._batches = Batches(
            self.using,
            Sender(self, self._publisher),
            self._publisher,
            self.clock,
            leases=self.app.conf.task_always_eager or not claiming.can_lock(self.using),
        )

    def connect(self) -> None:
        """Be connected to the broker, as beat is before it sends. Raises BrokerFailed."""
        self._publisher.connect()

    @property
    def _names(self) -> list[str]:
        return [str(name) for name in self._code]

    @property
    def sent(self) -> int:
        """How many runs this beat has sent."""
        return 0 if self._heartbeat is None else int(self._heartbeat.sent)

    def tick(self, *_args: Any, **_kwargs: Any) -> float:
        """Look once, and send a batch if one is due. Returns the seconds until the next look."""
        self._is_looking = True
        try:
            return self._look()
        finally:
            self._is_looking = False

    def _look(self) -> float:
        try:
            wait = self._tick()
        except BrokerFailed as error:
            self._publisher.close()
            return self._pause("The broker did not take what is due", error)
        except DATABASE_ERRORS as error:
            connections[self.using].close()
            self._publisher.close()  # what it has not been told of this batch is not of the next
            hint = " (has `manage.py migrate` run?)" if _is_unknown(error) else ""
            return self._pause(f"The database of the schedule cannot be used{hint}", error)
        except Exception:
            logger.exception("beat could not do its work; it tries again")
            connections[self.using].close()
            self._publisher.close()
            return PAUSES[-1]
        if self._failures > 1:
            logger.warning("beat works again")
        self._failures = 0
        return wait

    def _tick(self) -> float:
        now = self.clock.now()
        self._tell(now)
        since, looked_at = self._since(), monotonic()
        if since is None or not self._batches.was_full:
            try:
                first = claiming.first_check(self.using, since)
            except claiming.UNREADABLE:
                claiming.switch_off_unreadable(self.using)
                return 0.0
            if since is None:
                self._all_looked_at = looked_at
            since = first
            self._front = since and min(since, now)
            if since is None or since > now:
                self._forget(now)
                next_look = self._all_looked_at + float(self.max_interval)
                until_due = inf if since is None else (since - now).total_seconds()
                return min(max(0.0, next_look - monotonic()), until_due)
        results = self._batches.run(since)
        self._front = self._batches.reached
        self._heartbeat.sent += sum(len(result.sent) for result in results)
        return 0.0 if results or self._batches.is_apart else EMPTY_CLAIM_SECONDS

    def _since(self) -> datetime | None:
        """From where on to look for what is due; None: from the beginning, as it does each second.

        What was sent leaves dead entries at the beginning of the index until the next vacuum, which
        take time to pass over.
        """
        is_near = monotonic() - self._all_looked_at < self.max_interval
        return self._front if is_near else None

    def _tell(self, now: datetime) -> None:
        """Say that this beat lives, and do what is to be done every now and then."""
        has_started = self._batches is None
        if has_started:
            self.setup_schedule()
        elif self._heartbeat.is_due():
            self._heartbeat.write(self.clock)
            retired = codeschedule.retired(self.using, self._code)
            self._unwritten = codeschedule.apply(self._unwritten | retired)
        else:
            return
        known = ever_listed(self.using)
        codeschedule.retire(self.using, self._names, now, among=known, at_once=has_started)
        forget(self.using, now)
        while claiming.adopt(self.using, now) and not self.is_stopping:
            pass

    def _forget(self, now: datetime) -> None:
        """Delete a batch of old rows of the ledger while nothing is due; begin again each hour."""
        if next(self._forgetting, None) is not None:
            return
        at = self._forgotten_at
        if at is None or monotonic() - at > FORGET_EVERY_SECONDS:
            self._forgotten_at = monotonic()
            self._forgetting = ledger.forget(self.using, now)

    def _pause(self, what: str, error: Exception) -> float:
        """How long to wait after a failure; of many in a row one is logged."""
        pause = PAUSES[min(self._failures, len(PAUSES) - 1)]
        self._failures += 1
        if self._failures == 2:  # noqa: PLR2004  # a connection may just have ended: once is nothing
            logger.warning("%s, beat tries until it can: %s", what, error)
        return pause

    def sync(self) -> None:
        """Nothing is kept that is not written."""

    def close(self) -> None:
        """Send nothing more once the batch that is on its way is done.

        Celery calls this where a signal came, perhaps in the midst of a statement, and once more in
        the end: what is to be written is written then.
        """
        self.is_stopping = True
        if self._heartbeat is None or self._is_looking or self._failures:
            return
        connection = connections[self.using]
        try:
            if not connection.in_atomic_block:
                connection.close()  # one that a signal has interrupted may be of no use
            self._heartbeat.end(self.clock)
        except Exception as error:  # noqa: BLE001  # whatever it is, beat ends in good order
            logger.warning("That beat has ended is not written: %s; it seems to live on", error)

    @property
    def schedule(self) -> dict[str, Any]:  # type: ignore[override]  # read when it is asked for
        """All entries that are enabled, by name; for who asks, beat itself does not."""
        rows = self.Model.objects.enabled().using(self.using)
        return {row.name: self.Entry(row, app=self.app) for row in rows.iterator()}

    @classmethod
    def create_or_update_task(cls, name: str, **schedule_dict: Any) -> PeriodicTask:
        """Write an entry, given as in ``CELERYBEAT_SCHEDULE``. Raises BadEntry."""
        return write_entry(name, schedule_dict)

    @classmethod
    def delete_task(cls, name: str) -> None:
        """Delete an entry; nothing happens if there is none of that name."""
        cls.Model.objects.filter(name=name).delete()

    def update_from_dict(self, mapping: Mapping[str, Any]) -> None:
        """Write entries, given as in ``CELERYBEAT_SCHEDULE``, as far as nobody has edited them."""
        codeschedule.apply(mapping)
