"""The app of djcelery_backends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery.signals import (
    celeryd_init,
    task_postrun,
    task_prerun,
    worker_ready,
    worker_shutdown,
)
from djcelery_utils.apps import ComponentConfig

from .connection import task_begins, task_ends, worker_begins
from .settings import PREFIX, BackendsSettings
from .sweeper import worker_is_ready, worker_shuts_down
from .taskvalues import note_start

if TYPE_CHECKING:
    from collections.abc import Callable


class BackendsConfig(ComponentConfig):
    """Result backends on the Django ORM and on Django's cache framework."""

    default = True
    name = "djcelery_backends"
    label = "djcelery_backends"
    verbose_name = "django-celery result backends"
    brings = ("djcelery_models",)
    settings_type = BackendsSettings
    settings_prefix = PREFIX

    def ready(self) -> None:
        """Notice the life of a worker and the start of each task; register the checks."""
        from . import cache_check, routing_check  # noqa: F401, PLC0415  # need Django's registry

        for signal, receiver in (
            (celeryd_init, worker_begins),
            (worker_ready, worker_is_ready),
            (worker_shutdown, worker_shuts_down),
            (task_prerun, task_begins),
            (task_prerun, note_start),
            (task_postrun, task_ends),
        ):
            signal.connect(receiver, dispatch_uid=uid(receiver))
        # before those of the project, which may have been connected earlier
        task_prerun.receivers.sort(key=lambda known: known[0][0] != uid(task_begins))


def uid(receiver: Callable[..., None]) -> str:
    return f"djcelery_backends.{receiver.__name__}"
