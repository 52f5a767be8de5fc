"""``make_project``: real Django projects with real worker processes, gone when the test is over.

    def test_a_task_runs(make_project: MakeProject) -> None:
        project = make_project(style="C", settings={"CELERY_TASK_ACKS_LATE": True})
        project.worker(pool="threads")

        assert project.call("add", 2, 3) == 5

The project lives in a folder of its own. Its database is an SQLite file, or a new database on the
server that ``DATABASE_URL`` names; its broker is in its folder, or a new queue at ``BROKER_URL``.
``make_shared_project`` does the same for all tests of a module.
"""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from .installations import build_all
from .projects import Project, Style
from .services import broker_settings, database_settings, delete_queue, drop_database

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pytest_django import DjangoDbBlocker


class MakeProject(Protocol):
    """Make a project; ``files`` go over the project's own, ``database`` into its ``DATABASES``."""

    def __call__(
        self,
        *,
        style: Style = "C",
        settings: Mapping[str, Any] | None = None,
        files: Mapping[str, str] | None = None,
        database: Mapping[str, Any] | None = None,
    ) -> Project: ...


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all wheels and sdists."""
    return build_all(tmp_path_factory.mktemp("build"))


@pytest.fixture
def make_project(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[MakeProject]:
    with django_db_blocker.unblock(), making_projects(tmp_path) as make:
        yield make


@pytest.fixture(scope="module")
def make_shared_project(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[MakeProject]:
    folder = tmp_path_factory.mktemp("projects")
    with django_db_blocker.unblock(), making_projects(folder) as make:
        yield make


@contextmanager
def making_projects(folder: Path) -> Iterator[MakeProject]:
    projects: list[Project] = []
    numbers = count()

    def make(
        *,
        style: Style = "C",
        settings: Mapping[str, Any] | None = None,
        files: Mapping[str, str] | None = None,
        database: Mapping[str, Any] | None = None,
    ) -> Project:
        path = folder / f"project{next(numbers)}"
        path.mkdir()
        project = Project(path=path, style=style, settings=make_settings(path, settings, database))
        projects.append(project)
        project.write(files or {})
        return project

    try:
        yield make
    finally:
        for project in projects:
            project.stop()
        for project in projects:
            delete_queue(project.app)
            drop_database(project.settings["DATABASES"]["default"])


def make_settings(
    path: Path, settings: Mapping[str, Any] | None, database: Mapping[str, Any] | None
) -> dict[str, Any]:
    results = path / "results"
    results.mkdir()
    return {
        "SECRET_KEY": "integration",
        "USE_TZ": True,
        "TIME_ZONE": "Europe/Berlin",
        "ROOT_URLCONF": "conf.urls",
        "INSTALLED_APPS": ["djcelery_loader", "shop"],
        "DATABASES": {"default": database_settings(path, database or {})},
        "CELERY_RESULT_BACKEND": f"file://{results}",
        **broker_settings(path),
        **(settings or {}),
    }
