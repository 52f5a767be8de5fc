"""Claim entries, send what they have to run, and write it down: one batch at a time."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from django.db import InterfaceError, OperationalError, transaction

from . import claiming, ledger, writing
from .claiming import UNREADABLE
from .deferral import deferred_signals
from .dispatch import dispatch
from .errors import BrokerFailed, NotSent, NotTaken
from .sending import reason_of
from .settling import settle
from .writing import seldom_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from djcelery_models.models import PeriodicTask

    from .clock import DatabaseClock
    from .dispatch import Result
    from .publisher import Publisher
    from .sending import Sender

logger = logging.getLogger(__name__)

BATCH: Final = 200
TRIES: Final = 3
"""How often an entry alone may fail for a reason that nobody knows until it is passed over."""


class Refusing:
    """Sends nothing, for a reason."""

    is_stopping = False

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def send(self, entry: PeriodicTask, due: datetime, task_id: str) -> None:  # noqa: ARG002  # of Sender
        raise NotSent(self._reason)

    def unfinished(self, entry: PeriodicTask, now: datetime) -> str:  # noqa: ARG002  # of Sender
        return ""


class Batches:
    """The batches of one beat.

    A batch that fails for what is in it is taken apart: its entries go one by one, and who fails
    alone is passed over with the reason, so that the others go on.
    """

    def __init__(
        self,
        using: str,
        sender: Sender,
        publisher: Publisher,
        clock: DatabaseClock,
        *,
        leases: bool,
    ) -> None:
        self._using = using
        self._sender = sender
        self._publisher = publisher
        self._clock = clock
        self._leases = leases
        self._one_by_one = 0
        """How many entries of a batch that was taken apart are left."""
        self.was_full = False
        """Whether more may be due than the last batch had room for."""
        self.reached: datetime | None = None
        """What was due before is done, or is another beat's."""
        self._claimed: list[PeriodicTask] = []
        self._last: datetime | None = None
        self._failed: tuple[int | None, int] = (None, 0)

    @property
    def is_apart(self) -> bool:
        """Whether the entries of a batch that has failed are still going one by one."""
        return self._one_by_one > 0

    def run(self, since: datetime) -> list[Result]:
        """Run one batch of what is due; empty: nothing was claimed, or it was taken apart.

        since: nothing before is due. Raises BrokerFailed, and what databases raise.
        """
        self._publisher.connect()
        self._claimed, self.was_full, self.reached = [], False, since
        size = 1 if self._one_by_one else BATCH
        try:
            results = self._run(self._sender, since, size)
        except Exception as error:  # noqa: BLE001  # raised again unless an entry is to blame
            results = self._blame(error, since)
        self.was_full = len(results) == BATCH and results[-1].put_off is None
        self.reached = self._last if self.was_full else since
        if results or not self._claimed:
            self._one_by_one = max(0, self._one_by_one - 1)
        return results

    def _blame(self, error: Exception, since: datetime) -> list[Result]:
        """Find out which entry is to blame for ``error``; raises it where none is."""
        if not self._claimed and isinstance(error, UNREADABLE):
            claiming.switch_off_unreadable(self._using)
            return []
        tries = _tries(error)
        if tries is None or not self._claimed:
            raise error
        if len(self._claimed) > 1:
            self._one_by_one = len(self._claimed)
            logger.warning("A batch of %d is sent one by one: %s", self._one_by_one, error)
            self._publisher.close()
            return []
        key = self._claimed[0].pk
        number = self._failed[1] + 1 if self._failed[0] == key else 1
        self._failed = (key, number)
        if number < tries:
            raise error
        self._publisher.close()
        if isinstance(error, BrokerFailed):
            return self._run(Refusing(reason_of(error)), since, 1, only=key)
        claiming.switch_off(self._using, key, f"beat fails with it: {reason_of(error)}")
        logger.error("Periodic task %s was disabled: %s", self._claimed[0].name, error)
        return []

    def _run(
        self,
        sender: Sender | Refusing,
        since: datetime,
        size: int,
        *,
        only: int | None = None,
    ) -> list[Result]:
        with deferred_signals() as deferral:
            self._sender.deferral = deferral
            due = claiming.Due(since=since, now=self._clock.now(), size=size, only=only)
            run = self._under_lease if self._leases else self._under_lock
            results = run(sender, due)
            ledger.trim(results, self._using)
        return results

    def _under_lock(self, sender: Sender | Refusing, due: claiming.Due) -> list[Result]:
        now = due.now
        with claiming.locked(self._using, due) as entries:
            before = {entry.pk: seldom_of(entry) for entry in entries}
            results = self._send(sender, entries, now)
            if any(result.sent for result in results):
                self._write_while_confirmed(results, before, now)
            else:
                claiming.commit_before_the_disk(self._using)
                self._write([result.entry for result in results], results, before, now)
        return results

    def _write_while_confirmed(
        self, results: list[Result], before: Mapping[int, tuple[Any, ...]], now: datetime
    ) -> None:
        """Write while the broker answers; once more where no queue has taken a run."""
        planned_by = [result.entry.planned_by for result in results]
        with suppress(NotTaken), transaction.atomic(using=self._using):
            self._write([result.entry for result in results], results, before, now)
            self._confirm(results)
            return
        for result, planned in zip(results, planned_by, strict=True):
            result.entry.planned_by = planned  # gone where the entry was disabled
        fresh = claiming.read(self._using, [result.entry.pk for result in results])
        self._write(fresh, results, before, now)

    def _under_lease(self, sender: Sender | Refusing, due: claiming.Due) -> list[Result]:
        now = due.now
        token, entries = claiming.lease(self._using, due)
        try:
            results = self._send(sender, entries, now)
            with suppress(NotTaken):
                self._confirm(results)
            by_key = {result.entry.pk: result for result in results}
            with claiming.leased(self._using, token, list(by_key)) as fresh:
                before = {entry.pk: seldom_of(entry) for entry in fresh}
                self._write(fresh, [by_key[entry.pk] for entry in fresh], before, now)
        except BaseException:
            if entries:
                claiming.release(self._using, token)
            raise
        return results

    def _send(
        self, sender: Sender | Refusing, entries: list[PeriodicTask], now: datetime
    ) -> list[Result]:
        self._claimed = entries
        self._last = entries[-1].check_at if entries else None
        self._publisher.begin()
        results = dispatch(entries, now, sender)
        self._publisher.push()
        return results

    def _confirm(self, results: list[Result]) -> None:
        """Wait until the broker has taken the batch. Raises NotTaken once it is in ``results``."""
        returned = self._publisher.confirm()
        if returned:
            for result in results:
                result.give_back(returned)
            raise NotTaken

    def _write(
        self,
        entries: Sequence[PeriodicTask],
        results: Sequence[Result],
        before: Mapping[int, tuple[Any, ...]],
        now: datetime,
    ) -> None:
        """Settle each of ``results`` on the row that ``entries`` has for it, and write that."""
        for entry, result in zip(entries, results, strict=True):
            settle(entry, result, now)
            result.entry = entry
        changed = [entry for entry in entries if seldom_of(entry) != before[entry.pk]]
        writing.write(entries, changed, self._using)
        writing.disable((entry for entry in entries if not entry.enabled), self._using)
        ledger.write(results, self._using)


def _tries(error: Exception) -> int | None:
    if isinstance(error, BrokerFailed):
        return error.tries
    return None if isinstance(error, OperationalError | InterfaceError) else TRIES
