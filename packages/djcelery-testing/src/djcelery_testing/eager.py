"""Run tasks where they are called, for as long as a test needs it."""

from __future__ import annotations

from contextlib import ExitStack
from inspect import isasyncgenfunction, isgeneratorfunction
from typing import TYPE_CHECKING, Any, TypeVar

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test.utils import TestContextDecorator

from .active import Eagerness, begin, end, names_of
from .celeryapp import require_backend

if TYPE_CHECKING:
    from collections.abc import Callable

DATABASE = "djcelery-database"
PROPAGATES = "task_eager_propagates"

Function = TypeVar("Function", bound="Callable[..., Any]")

__all__ = ["DATABASE", "eager_tasks"]


class eager_tasks(TestContextDecorator):  # noqa: N801  # named as Django names its own
    """Tasks run where they are called, and raise there; afterwards all is as it was.

    A context manager, and a decorator of functions and coroutine functions. It holds for the whole
    process, all threads and coroutines, until the last one that has begun ends.

    propagate: whether the call of a task raises the task's error. None: as the project's settings
    or what is around say (``CELERY_TASK_EAGER_PROPAGATES``); where they say nothing, it does.
    store_result: store results too; if False, the project's settings decide that.
    result_backend: where they are stored, as ``CELERY_RESULT_BACKEND`` has it: by default in the
    database of the tests. None: where the project stores them.
    Raises ImproperlyConfigured, when entered, if results are to go to a table that is not there, or
    to no result backend.
    """

    def __init__(
        self,
        *arguments: object,
        propagate: bool | None = None,
        store_result: bool = False,
        result_backend: str | None = DATABASE,
    ) -> None:
        if arguments:
            raise TypeError("eager_tasks takes options by name; the decorator is @eager_tasks()")
        if not isinstance(propagate, bool | None):
            raise TypeError(f"propagate is True, False or None, not {propagate!r}")
        if not isinstance(store_result, bool):
            raise TypeError(f"store_result is True or False, not {store_result!r}")
        super().__init__()
        self.propagate = propagate
        self.store_result = store_result
        self.result_backend = result_backend
        self._begun: list[Eagerness] = []

    def enable(self) -> None:
        """Begin; if that fails, nothing is changed."""
        if self.store_result:
            self._require_table()
        with ExitStack() as undoing:
            self._begun.append(begin(self._values()))
            undoing.callback(self.disable)
            if self.store_result and self.result_backend is not None:
                require_backend(self.result_backend)
            undoing.pop_all()

    def disable(self) -> None:
        """End; without effect where it has ended, or not begun."""
        if self._begun:
            end(self._begun.pop())

    def decorate_callable(self, func: Function) -> Function:
        if isgeneratorfunction(func) or isasyncgenfunction(func):
            raise TypeError(
                f"{func.__qualname__} is a generator function, which runs after its call: "
                "write `with eager_tasks():` in it."
            )
        return super().decorate_callable(func)

    def _values(self) -> dict[str, Any]:
        propagates = [getattr(settings, name) for name in names_of(PROPAGATES)]
        values = {
            "task_always_eager": True,
            PROPAGATES: next(iter(propagates), True) if self.propagate is None else self.propagate,
        }
        if self.store_result:
            values["task_store_eager_result"] = True
            if self.result_backend is not None:
                values["result_backend"] = self.result_backend
        return values

    def _require_table(self) -> None:
        if self.result_backend == DATABASE and not apps.is_installed("djcelery_models"):
            raise ImproperlyConfigured(
                "Results are to be stored in the database, whose table is not there: add "
                '"djcelery_backends" to INSTALLED_APPS, or name another result_backend.'
            )
