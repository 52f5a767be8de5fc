"""Which scheduler beat uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps

if TYPE_CHECKING:
    from celery import Celery

COMPONENT = "djcelery_beat"
DATABASE_SCHEDULER = "djcelery_beat.schedulers:DatabaseScheduler"


def choose_scheduler(app: Celery, given: str | None) -> str:
    """``given``, else the one in the settings, else ours if its app is installed, else Celery's."""
    if not given and not _is_configured(app) and apps.is_installed(COMPONENT):
        return DATABASE_SCHEDULER
    scheduler: str = given or app.conf.beat_scheduler
    return scheduler


def _is_configured(app: Celery) -> bool:
    is_set: bool = app.conf.value_set_for("beat_scheduler")
    return is_set
