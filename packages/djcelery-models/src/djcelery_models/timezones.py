"""System check: a site with old rows says in which time their dates are."""

# ruff: noqa: SLF001  # Django documents Model._meta and the managers beside it

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core import checks
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from .periodictask import PeriodicTask
from .taskmeta import TaskMeta

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from django.db.backends.base.base import BaseDatabaseWrapper

OLDEST = ((TaskMeta, "date_done", "pk"), (PeriodicTask, "date_changed", "date_changed"))
"""Where dates of old releases are, and the order in which the oldest row comes first, cheaply."""


def check_time_zone(
    databases: Collection[str] | None = None, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """W001 ``USE_TZ`` is not set, and rows are older than the migration that adopted them.

    SQLite, MariaDB and MySQL store dates without a zone: what was local time would become UTC.
    """
    if settings.is_overridden("USE_TZ"):  # type: ignore[misc]  # absent from django-stubs 6
        return []
    return [
        checks.Warning(
            f"Database {alias!r} holds rows of an old django-celery, and USE_TZ is not set: "
            f"Django's default has become True, which shifts their dates if they are local time.",
            hint="Set USE_TZ to what the site had before; up to Django 4 the default was False.",
            id="djcelery_models.W001",
        )
        for alias in databases or ()
        if connections[alias].vendor != "postgresql" and has_old_rows(connections[alias])
    ]


def has_old_rows(connection: BaseDatabaseWrapper) -> bool:
    """Whether a result or an entry was there before this version of the tables was."""
    tables = connection.introspection.table_names()
    adopted = adopted_at(connection)
    for model, date, order in OLDEST:
        if model._meta.db_table in tables:
            rows = model._base_manager.using(connection.alias).order_by(order)
            oldest: datetime | None = rows.values_list(date, flat=True).first()
            if oldest is not None and (adopted is None or oldest < adopted):
                return True
    return False


def adopted_at(connection: BaseDatabaseWrapper) -> datetime | None:
    """When the first migration that old releases did not have was applied; None before."""
    recorder = MigrationRecorder(connection)
    if not recorder.has_table():
        return None
    applied = recorder.migration_qs.filter(app="djcelery", name="0002_complete_old_tables")
    moment: datetime | None = applied.values_list("applied", flat=True).first()
    return moment
