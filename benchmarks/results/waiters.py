"""Threads of one process, each in ``AsyncResult.get()``."""

from __future__ import annotations

import time
from threading import Thread
from typing import TYPE_CHECKING, Any

from django.db import connections

from .statements import statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .implementations import Waiting

TIMEOUT_SECONDS = 60
in_progress: list[Waiters] = []  # in the process that waits


def begin_waiting(implementation: Waiting, task_ids: Sequence[str]) -> None:
    """Have a thread wait for each; returns when the last one begins."""
    waiters = Waiters(implementation)
    in_progress.append(waiters)
    waiters.begin(task_ids)


def end_waiting(_implementation: Waiting) -> dict[str, Any]:
    return in_progress.pop().end()


class Waiters:
    """One thread for each awaited result."""

    def __init__(self, implementation: Waiting) -> None:
        self.implementation = implementation
        self.statements = statements()
        self.at: dict[str, float] = {}
        self.errors: list[Exception] = []

    def begin(self, task_ids: Sequence[str]) -> None:
        self.threads = [Thread(target=self._wait, args=(task_id,)) for task_id in task_ids]
        for thread in self.threads:
            thread.start()
        self.before = len(self.statements)
        self.began_at = time.monotonic()

    def end(self) -> dict[str, Any]:
        """When each got its result, and the statements; raises the first error of a thread."""
        for thread in self.threads:
            thread.join()
        if self.errors:
            raise self.errors[0]
        return {
            "at": self.at,
            "seconds": time.monotonic() - self.began_at,
            "statements": len(self.statements) - self.before,
        }

    def _wait(self, task_id: str) -> None:
        try:
            self.implementation.wait(task_id, TIMEOUT_SECONDS)
            self.at[task_id] = time.monotonic()
        except Exception as error:  # noqa: BLE001  # the first is raised in end()
            self.errors.append(error)
        finally:
            connections.close_all()  # those of this thread
