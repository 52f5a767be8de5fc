"""The commands use the Celery app of the project, or make one with the loader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .commands import TASKS, celeryd

if TYPE_CHECKING:
    from .conftest import MakeProject

LOADER = """\
from djcelery_loader.loader import DjangoLoader


class ShopLoader(DjangoLoader):
    pass
"""


def worker_of(make_project: MakeProject, **options: Any) -> tuple[str, str]:
    """The name of the worker's app and the class of its loader."""
    files = {"shop/tasks.py": TASKS, **options.pop("files", {})}
    environment = options.pop("environment", {})
    project = make_project(style="A", files=files, **options)
    project.environment.update(environment)
    celeryd(project, "-P", "solo")
    found = project.call("surroundings")
    return found["main"], found["loader"]


def test_a_project_that_has_done_nothing_gets_the_loader(make_project: MakeProject) -> None:
    assert worker_of(make_project) == ("default", "DjangoLoader")


@pytest.mark.parametrize("name", ["proj.wsgi.application", "proj.absent.application"])
def test_the_app_beside_what_the_settings_name_is_used(
    make_project: MakeProject, name: str
) -> None:
    files = {"proj/__init__.py": "", "proj/wsgi.py": "raise SystemExit('not to be imported')\n"}

    found = worker_of(make_project, settings={"WSGI_APPLICATION": name}, files=files)

    assert found == ("proj", "DjangoAppLoader")


def test_an_app_that_the_package_of_the_project_imports_is_used(make_project: MakeProject) -> None:
    files = {"conf/__init__.py": "import proj\n"}

    assert worker_of(make_project, files=files) == ("proj", "DjangoAppLoader")


def test_a_loader_that_the_environment_names_is_used(make_project: MakeProject) -> None:
    found = worker_of(
        make_project,
        files={"shop/loader.py": LOADER, "proj/__init__.py": "", "proj/celery.py": ""},
        environment={"CELERY_LOADER": "shop.loader.ShopLoader"},
    )

    assert found == ("default", "ShopLoader")
