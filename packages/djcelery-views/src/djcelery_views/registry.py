"""The tasks that this project has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from celery import current_app
from djcelery_models.models import PeriodicTask

from .errors import UnknownTask

if TYPE_CHECKING:
    from celery import Task


def find_task(name: str) -> Task[Any, Any]:
    """The task of this name. Raises UnknownTask."""
    try:
        return registered()[name]
    except KeyError:
        raise UnknownTask(name) from None


def registered() -> dict[str, Task[Any, Any]]:
    """All tasks by name; their modules are imported here, for a web server may not have been."""
    current_app.loader.import_default_modules()
    return current_app.tasks


def periodic() -> set[str]:
    """The names of the tasks of which an entry, in the database or the settings, says when."""
    in_database = PeriodicTask.objects.order_by().values_list("task", flat=True).distinct()
    in_settings = (entry["task"] for entry in current_app.conf.beat_schedule.values())
    return {*in_database, *in_settings}
