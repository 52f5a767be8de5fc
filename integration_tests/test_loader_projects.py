"""A project runs its tasks in each way to use Celery with Django."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import MakeProject
    from .projects import Style


@pytest.mark.parametrize("style", ["A", "B", "C"])
def test_a_worker_finds_and_runs_the_tasks_of_an_installed_app(
    make_project: MakeProject, style: Style
) -> None:
    project = make_project(style=style)
    project.worker()

    assert project.call("add", 2, 3) == 5
