"""The task modules of the installed apps are imported; only what does not exist is skipped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from djcelery_loader.autodiscovery import autodiscover, find_related_module

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_django import Settings


TASK = "from celery import shared_task\n\n@shared_task\ndef order():\n    return 1\n"


def test_the_tasks_of_installed_apps_are_found(installed: Callable[..., None]) -> None:
    installed("loader_app_shop", tasks=TASK)
    installed("loader_app_blog")

    names = [module.__name__ for module in autodiscover()]

    assert "loader_app_shop.tasks" in names
    assert "loader_app_blog.tasks" not in names


def test_a_related_module_is_imported(installed: Callable[..., None]) -> None:
    installed("loader_app_jobs", jobs="ANSWER = 42")

    module = find_related_module("loader_app_jobs", "jobs")

    assert module is not None
    assert module.ANSWER == 42


def test_a_module_that_does_not_exist_is_skipped(installed: Callable[..., None]) -> None:
    installed("loader_app_none")

    assert find_related_module("loader_app_none", "tasks") is None


def test_a_package_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ModuleNotFoundError, match="loader_app_absent"):
        find_related_module("loader_app_absent", "tasks")


@pytest.mark.parametrize("line", ["import absent_library", "import loader_app_bad.tasks.absent"])
def test_a_missing_import_inside_a_task_module_is_an_error(
    installed: Callable[..., None], make_app: Callable[..., Any], line: str
) -> None:
    installed("loader_app_bad", tasks=line)

    with pytest.raises(ModuleNotFoundError, match=line.removeprefix("import ")) as raised:
        make_app("C").loader.import_default_modules()

    assert "tasks.py" in str([entry.path for entry in raised.traceback])


def test_a_loader_finds_the_tasks_of_installed_apps(
    installed: Callable[..., None], make_app: Callable[..., Any]
) -> None:
    installed("loader_app_sold", tasks=TASK)
    app = make_app("C")

    modules = app.loader.import_default_modules()

    assert "loader_app_sold.tasks" in [module.__name__ for module in modules]
    assert "loader_app_sold.tasks" in app.loader.task_modules
    assert "loader_app_sold.tasks.order" in app.tasks


def test_a_loader_imports_what_celery_imports_names(
    installed: Callable[..., None], make_app: Callable[..., Any], settings: Settings
) -> None:
    installed("loader_app_more", jobs=TASK)
    settings.CELERY_IMPORTS = ("loader_app_more.jobs",)
    app = make_app("C")

    modules = app.loader.import_default_modules()

    assert "loader_app_more.jobs" in [module.__name__ for module in modules]
    assert "loader_app_more.jobs.order" in app.tasks


def test_an_app_with_a_configuration_of_its_own_chooses_its_task_modules(
    installed: Callable[..., None], make_app: Callable[..., Any]
) -> None:
    installed("loader_app_left", tasks=TASK)

    app = make_app("A")
    app.loader.import_default_modules()

    assert "loader_app_left.tasks" not in app.loader.task_modules


def test_an_app_that_is_one_module_has_no_tasks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "loader_app_single.py").touch()

    assert find_related_module("loader_app_single", "tasks") is None
