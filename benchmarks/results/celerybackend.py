"""A result backend of Celery's, through what Celery and its users call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from celery import Celery
from celery.result import ResultSet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from celery.app.task import Context


class CeleryBackend:
    """One implementation: an app with a result backend, and nothing else.

    Make it before the process forks, as a worker does.
    """

    def __init__(self, result_backend: str, **settings: Any) -> None:
        self.app = Celery("benchmarks", set_as_current=False, fixups=[])
        self.app.conf.update(result_backend=result_backend, **settings)
        self.backend: Any = self.app.backend

    def store(self, task_id: str, state: str, value: object, request: Context) -> None:
        self.backend.store_result(task_id, value, state, request=request)

    def wait(self, task_id: str, timeout_seconds: float) -> object:
        return self.app.AsyncResult(task_id).get(timeout=timeout_seconds)

    def join(self, task_ids: Sequence[str]) -> list[object]:
        return ResultSet([self.app.AsyncResult(task_id) for task_id in task_ids]).join()

    def clean_up(self) -> None:
        self.backend.cleanup()
