"""The tasks that this project has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from celery import current_app
from djcelery_models.models import PeriodicTask

from .errors import UnknownTask

if TYPE_CHECKING:
    from celery import Celery, Task

_complete: WeakSet[Celery] = WeakSet()
"""The apps whose modules with tasks were imported; a web server has no need to do so itself."""


def find_task(name: str) -> Task[Any, Any]:
    """The task of this name. Raises UnknownTask."""
    try:
        return registered()[name]
    except KeyError:
        raise UnknownTask(name) from None


def registered() -> dict[str, Task[Any, Any]]:
    """All tasks by name."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  # Celery's own way
    if app not in _complete:
        app.loader.import_default_modules()
        _complete.add(app)
    tasks: dict[str, Task[Any, Any]] = app.tasks
    return tasks


def periodic() -> set[str]:
    """The names of the tasks of which an entry, in the database or the settings, says when."""
    in_database = PeriodicTask.objects.order_by().values_list("task", flat=True).distinct()
    in_settings = (entry["task"] for entry in current_app.conf.beat_schedule.values())
    return {*in_database, *in_settings}
