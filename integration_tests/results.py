"""Projects whose results are in their own database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .sources import CELERY_APP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .conftest import MakeProject
    from .projects import Project

WITHOUT_LOADER = {"proj/celery.py": CELERY_APP.format(before="", after="")}
"""Files over those of style "A": Celery's own fixup in place of our loader."""


def make_results_project(
    make: MakeProject,
    tasks: str,
    *,
    settings: Mapping[str, Any] | None = None,
    database: Mapping[str, Any] | None = None,
    has_loader: bool = True,
) -> Project:
    """A project with these tasks whose results are in its database, which is migrated."""
    loader = ("djcelery_loader",) if has_loader else ()
    project = make(
        style="C" if has_loader else "A",
        settings={
            "INSTALLED_APPS": [*loader, "djcelery_backends", "shop"],
            "CELERY_RESULT_BACKEND": "djcelery-database",
            **(settings or {}),
        },
        files={"shop/tasks.py": tasks} | ({} if has_loader else WITHOUT_LOADER),
        database=database,
    )
    project.manage("migrate", "--verbosity", "0")
    return project
