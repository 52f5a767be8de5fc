"""The results that this thread holds, so that a look at one of them is a look at all."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from celery.result import AsyncResult

MOST: Final = 1_000
LEAST_COSTS: Final = 4


class LookAhead(threading.local):
    """``AsyncResult`` objects of this thread that belong to a group or that somebody waits for.

    Celery reads the results of a group one by one. So the first look reads those that follow too,
    and those that are ready remember it. Results that nobody holds any more are not asked for.
    """

    def __init__(self) -> None:
        self._results: WeakValueDictionary[str, AsyncResult[Any]] = WeakValueDictionary()
        self._not_before = 0.0
        self._unready: Collection[str] = ()

    def add(self, result: AsyncResult[Any]) -> None:
        self._results[result.id] = result

    def ids(self) -> list[str]:
        """The ids to ask for besides; none if looking for them was in vain just now."""
        if time.monotonic() < self._not_before:
            return []
        return list(islice(self._results.keys(), MOST))

    def was_vain(self, seconds: float) -> None:
        """Note what a look cost that asked for them and found few."""
        self._not_before = time.monotonic() + LEAST_COSTS * seconds

    def pop(self, task_ids: Collection[str]) -> list[AsyncResult[Any]]:
        """Those of ``task_ids`` that are held, and are asked for no longer."""
        known = (self._results.pop(task_id, None) for task_id in task_ids)
        return [result for result in known if result is not None]

    def is_unready(self, task_id: str) -> bool:
        """Whether a look that was made just now has shown that there is no result yet."""
        return task_id in self._unready

    @contextmanager
    def unready(self, task_ids: Collection[str]) -> Iterator[None]:
        """In this block it is known of ``task_ids`` that there is no result yet."""
        self._unready = task_ids
        try:
            yield
        finally:
            self._unready = ()
