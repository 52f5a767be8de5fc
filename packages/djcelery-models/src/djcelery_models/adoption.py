"""What a database of an old release needs before its tables can be migrated."""

# ruff: noqa: SLF001  # Django documents Model._meta

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import router
from django.db.migrations.loader import MigrationLoader

from .completion import existing_models, missing_columns
from .obstacles import Finding, find_obstacles, is_foreign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

INITIAL = ("djcelery", "0001_initial")
COMPLETED = ("djcelery", "0002_complete_old_tables")


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What stands in the way, what ``migrate`` will add by itself, and how to call it.

    next_command: None when there is nothing left to migrate.
    """

    findings: tuple[Finding, ...]
    additions: tuple[str, ...]
    next_command: str | None


def diagnose(connection: BaseDatabaseWrapper) -> Diagnosis:
    """Look at the tables of django-celery, be they complete, half made or absent; only reads."""
    loader = MigrationLoader(connection)
    plan = loader.graph.forwards_plan(loader.graph.leaf_nodes("djcelery")[0])
    applied = [node for node in plan if node in loader.applied_migrations]
    apps = loader.project_state(applied[-1] if applied else INITIAL).apps
    models = [
        model
        for model in apps.get_app_config("djcelery").get_models()
        if router.allow_migrate_model(connection.alias, model)
    ]
    present = existing_models(apps, connection)
    if not present and not applied:
        return Diagnosis(findings=(), additions=(), next_command="manage.py migrate")
    option = "" if applied else " --fake-initial"
    return Diagnosis(
        findings=tuple(find_obstacles(connection, models, present)),
        additions=tuple(find_additions(connection, present)) if COMPLETED not in applied else (),
        next_command=None if applied == plan else f"manage.py migrate{option}",
    )


def find_additions(connection: BaseDatabaseWrapper, present: list[type[Model]]) -> Iterator[str]:
    for model in present:
        for field in missing_columns(connection, model):
            if not is_foreign(connection, model):
                yield f"{model._meta.db_table}.{field.column}"
