"""The commands use the Celery app of the project, or make one with the loader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .commands import TASKS, celeryd

if TYPE_CHECKING:
    from .conftest import MakeProject

SETTINGS = "SECRET_KEY = 'a'\n"


def worker_of(make_project: MakeProject, **options: Any) -> tuple[str, str]:
    """The name of the worker's app and the class of its loader."""
    project = make_project(style="A", **options)
    project.write({"shop/tasks.py": TASKS, **options.get("files", {})})
    celeryd(project, "-P", "solo", *options.pop("arguments", ()))
    found = project.call("surroundings")
    return found["main"], found["loader"]


def test_a_project_that_has_done_nothing_gets_the_loader(make_project: MakeProject) -> None:
    assert worker_of(make_project) == ("default", "DjangoLoader")


@pytest.mark.parametrize("setting", ["WSGI_APPLICATION", "ASGI_APPLICATION", "ROOT_URLCONF"])
def test_the_app_beside_what_the_settings_name_is_used(
    make_project: MakeProject, setting: str
) -> None:
    found = worker_of(make_project, settings={setting: "proj.entry.point"})

    assert found == ("proj", "DjangoAppLoader")


def test_an_app_that_the_package_of_the_project_imports_is_used(make_project: MakeProject) -> None:
    files = {"conf/__init__.py": "import proj\n"}

    assert worker_of(make_project, files=files) == ("proj", "DjangoAppLoader")
