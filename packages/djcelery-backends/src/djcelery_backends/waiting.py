"""Waiting for results: all who wait in a process share each look at the database.

There is no thread for it. The first who waits leads: it looks for all, and hands over when it
leaves. This module decides who looks, for what and how often; it looks at nothing itself.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from threading import Lock
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from django.db.backends.base.base import BaseDatabaseWrapper as Connection
    from django.db.models import Model

R = TypeVar("R")

SHORTEST_PAUSE: Final = 0.002
LONGEST_EARLY_PAUSE: Final = 0.02
EARLY_SECONDS: Final = 2.0
LONGEST_PAUSE: Final = 0.5
LEAST_COSTS: Final = 4
"""A pause lasts at least so many times as long as the last look took."""


def pause_seconds(waited: float, cost: float) -> float:
    """How long to pause before the next look.

    waited: seconds since the youngest began to wait; cost: seconds that the last look took. From
    2 ms to 20 ms within the first two seconds, then a tenth of ``waited``, at most half a second.
    """
    if waited < EARLY_SECONDS:
        pause = max(SHORTEST_PAUSE, waited * LONGEST_EARLY_PAUSE / EARLY_SECONDS)
    else:
        pause = min(waited / 10, LONGEST_PAUSE)
    return max(pause, LEAST_COSTS * cost)


class Wait(Generic[R]):
    """One who waits for the rows of some tasks; ``wake`` is called, by any thread, to have it look.

    ``missing`` are the ids of rows that have not come, ``found`` the rows that were not taken yet.
    version: tells a row from what it was before, for one who watches a task and is to be given each
    change of its row; None for one to whom only final rows count.
    """

    def __init__(
        self,
        task_ids: Iterable[str],
        wake: Callable[[], None],
        version: Callable[[R], object] | None = None,
    ) -> None:
        self.missing = set(task_ids)
        self.found: dict[str, R] = {}
        self.wake = wake
        self.version = version
        self.since = time.monotonic()
        self._seen: dict[str, object] = {}

    def is_news(self, task_id: str, row: R) -> bool:
        """Whether it watches the task, and has not been told of ``row`` before."""
        if self.version is None:
            return False
        version = self.version(row)
        before, self._seen[task_id] = self._seen.get(task_id), version
        return version != before

    def take(self) -> dict[str, R]:
        """The rows that came since it was last asked."""
        found, self.found = self.found, {}
        return found


class Waits(Generic[R]):
    """Those who wait in this process for rows of one table.

    ``connection`` is for leaders that have none open: it is handed over with the lead, and closed
    when nobody waits any more.
    """

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self._lock = Lock()
        self._waits: dict[str, dict[Wait[R], None]] = defaultdict(dict)
        self._all: dict[Wait[R], None] = {}
        self._asleep: dict[Wait[R], None] = {}
        self._leader: Wait[R] | None = None

    def enter(self, wait: Wait[R]) -> None:
        """Begin to wait; the leader looks soon again, for the wait is young."""
        with self._lock:
            self._all[wait] = None
            for task_id in wait.missing:
                self._waits[task_id][wait] = None
            leader = self._leader
        if leader is not None:
            leader.wake()

    def leave(self, wait: Wait[R]) -> None:
        """Wait no longer; another leads."""
        unused = None
        with self._lock:
            self._all.pop(wait, None)
            for task_id in wait.missing:
                self._forget(task_id, wait)
            if not self._all:
                unused, self.connection = self.connection, None
        self.resign(wait)
        if unused is not None:
            unused.close()

    def leads(self, wait: Wait[R]) -> bool:
        """Whether it is ``wait`` that looks for all; it is if nobody does. Else it is to sleep."""
        with self._lock:
            if self._leader is None:
                self._leader = wait
            if self._leader is wait:
                self._asleep.pop(wait, None)
            else:
                self._asleep[wait] = None
            return self._leader is wait

    def resign(self, wait: Wait[R]) -> None:
        """Be busy with something else; if nobody looks for the others then, wake one who may."""
        with self._lock:
            self._asleep.pop(wait, None)
            if self._leader is wait:
                self._leader = None
            heir = None
            if self._leader is None and self._asleep:  # the rest may be busy, for however long
                heir, _ = self._asleep.popitem()
        if heir is not None:
            heir.wake()

    def wanted(self) -> list[str]:
        """The ids that somebody waits for."""
        with self._lock:
            return list(self._waits)

    def watched(self) -> list[str]:
        """Those of them of which somebody is to be given rows that are not final, too."""
        with self._lock:
            watches = [wait for wait in self._all if wait.version is not None]
            return list({task_id for wait in watches for task_id in wait.missing})

    def deliver(self, rows: Mapping[str, R]) -> None:
        """Give to each who waits the final rows that it waits for, and wake it."""
        woken: dict[Wait[R], None] = {}
        with self._lock:
            for task_id, row in rows.items():
                for wait in self._waits.pop(task_id, {}):
                    wait.missing.discard(task_id)
                    wait.found[task_id] = row
                    woken[wait] = None
        for wait in woken:
            wait.wake()

    def show(self, rows: Mapping[str, R]) -> None:
        """Give to each who watches the rows that have changed but are not final, and wake it."""
        with self._lock:
            news = [
                (wait, task_id, row)
                for task_id, row in rows.items()
                for wait in self._waits.get(task_id, {})
                if wait.is_news(task_id, row)
            ]
            for wait, task_id, row in news:
                wait.found[task_id] = row
        for wait, _, _ in news:
            wait.wake()

    def pause(self, cost: float) -> float:
        """How long the leader pauses after a look that took ``cost`` seconds."""
        with self._lock:
            youngest = next(reversed(self._all), None)
        since = 0.0 if youngest is None else youngest.since
        return pause_seconds(time.monotonic() - since, cost)

    def _forget(self, task_id: str, wait: Wait[R]) -> None:
        waits = self._waits.get(task_id, {})
        waits.pop(wait, None)
        if not waits:
            self._waits.pop(task_id, None)


_waits: dict[tuple[type[Model], str], Waits[Model]] = {}


def waits_for(model: type[R], alias: str) -> Waits[R]:
    """Those who wait in this process for rows of ``model`` in the database ``alias``."""
    return _waits.setdefault((model, alias), Waits())  # type: ignore[arg-type, return-value]  # keyed by the type


_inherited: list[object] = []
"""Who waited in the parent of a forked process, kept with the connection that it still uses."""


def _leave_inherited() -> None:
    _inherited.extend(_waits.values())
    _waits.clear()


os.register_at_fork(after_in_child=_leave_inherited)
