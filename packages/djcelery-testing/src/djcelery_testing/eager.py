"""Run tasks where they are called, for as long as a test needs it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test.utils import TestContextDecorator, override_settings
from djcelery_loader.names import key_of, modern_name

from .celeryapp import apps_here, configured, storing_in, storing_results

if TYPE_CHECKING:
    from collections.abc import Mapping

DATABASE = "djcelery-database"
PROPAGATES = "task_eager_propagates"

__all__ = ["DATABASE", "eager_tasks"]


class eager_tasks(TestContextDecorator):  # noqa: N801  # named as Django names its own
    """Tasks run where they are called, and raise there; afterwards all is as it was.

    A context manager, and a decorator of functions and coroutine functions.

    propagate: whether the call of a task raises the task's error. None: as the project's settings
    say (``CELERY_TASK_EAGER_PROPAGATES``), and where they say nothing, it does.
    store_result: store results too; if False, the project's settings decide that.
    result_backend: where they are stored, as ``CELERY_RESULT_BACKEND`` has it: by default in the
    database of the tests. None: where the project stores them.
    Raises ImproperlyConfigured, when entered, if results are to go to a table that is not there.
    """

    def __init__(
        self,
        *,
        propagate: bool | None = None,
        store_result: bool = False,
        result_backend: str | None = DATABASE,
    ) -> None:
        super().__init__()
        self.propagate = propagate
        self.store_result = store_result
        self.result_backend = result_backend
        self._restoring = ExitStack()

    def enable(self) -> None:
        """Begin; if that fails, nothing is changed."""
        values = self._values()
        with ExitStack() as stack:
            if self.store_result:
                self._require_table()
                stack.enter_context(storing_results())
            stack.enter_context(override_settings(**named(values)))
            for app in apps_here():
                stack.enter_context(configured(app, lambda: told(values)))
                if "result_backend" in values:
                    stack.enter_context(storing_in(app, values["result_backend"]))
            self._restoring = stack.pop_all()

    def disable(self) -> None:
        """End; without effect where it has ended, or not begun."""
        self._restoring.close()

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


def names_of(key: str) -> list[str]:
    """The names by which the project's settings set ``key`` of Celery; the first one counts."""
    found = [name for name in dir(settings) if key_of(name) == key]
    return sorted(found, key=lambda name: name != modern_name(key))


def named(values: Mapping[str, Any]) -> dict[str, Any]:
    """``values``, by key of Celery, as settings: by the name of today and each that is in use."""
    today = {modern_name(key): value for key, value in values.items()}
    return {name: value for key, value in values.items() for name in names_of(key)} | today


def told(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the settings say now of the keys in ``values``: a test may have changed one."""
    return {key: getattr(settings, modern_name(key)) for key in values}
