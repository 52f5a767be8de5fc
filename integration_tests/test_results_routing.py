"""Results in a database of their own, that has a replica which is far behind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from .services import database_settings, drop_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django import DjangoDbBlocker

    from .conftest import MakeProject

TASKS = """\
from celery import shared_task


@shared_task
def double(x):
    return 2 * x


@shared_task
def total(values):
    return sum(values)
"""
ROUTER = """\
class Router:
    def db_for_read(self, model, **hints):
        return "replica" if model._meta.app_label == "djcelery" else None

    def db_for_write(self, model, **hints):
        return "results" if model._meta.app_label == "djcelery" else None
"""
CLIENT = """\
import json

import django

django.setup()

from celery import chord, group
from celery.result import GroupResult
from django.db import connections
from djcelery_models.models import ChordMeta, TaskMeta, TaskSetMeta
from shop.tasks import double, total

single = double.delay(1).get(timeout=20)
several = group(double.s(number) for number in range(3)).delay()
several.save()
body = chord([double.s(number) for number in range(3)], total.s()).delay()
print(json.dumps({
    "values": [single, GroupResult.restore(several.id).join(timeout=20), body.get(timeout=20)],
    "rows": {
        alias: [model.objects.using(alias).count() for model in (TaskMeta, TaskSetMeta, ChordMeta)]
        for alias in connections
    },
}))
"""


@pytest.fixture
def other_databases(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, Any]]:
    with django_db_blocker.unblock():
        made = {}
        for alias in ("results", "replica"):
            folder = tmp_path / alias
            folder.mkdir()
            made[alias] = database_settings(folder, {})
        yield made
        for settings in made.values():
            drop_database(settings)


def test_everything_goes_to_the_database_that_the_router_names_for_writing(
    other_databases: dict[str, Any], make_project: MakeProject
) -> None:
    project = make_project(
        settings={
            "INSTALLED_APPS": ["djcelery_loader", "djcelery_backends", "shop"],
            "CELERY_RESULT_BACKEND": "djcelery-database",
            "DATABASE_ROUTERS": ["shop.routers.Router"],
        }
    )
    project.settings["DATABASES"].update(other_databases)
    project.write({"shop/tasks.py": TASKS, "shop/routers.py": ROUTER})
    for alias in ("default", "results", "replica"):
        project.manage("migrate", "--database", alias, "--verbosity", "0")
    project.worker("-c", "2", pool="prefork")

    seen = json.loads(project.python(CLIENT).splitlines()[-1])

    assert seen["values"] == [2, [0, 2, 4], 6]
    assert seen["rows"] == {"default": [0, 0, 0], "results": [8, 1, 1], "replica": [0, 0, 0]}
