"""The plugin for pytest; it imports Django and Celery when a test asks for them, not before."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .eager import eager_tasks

NAME = "celery_eager"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{NAME}(propagate=None, store_result=False, result_backend='djcelery-database'): "
        "tasks run where they are called, and raise there.",
    )


@pytest.fixture
def celery_eager(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tasks run where they are called, as the marker ``celery_eager`` says, if there is one."""
    with as_marked(request.node.get_closest_marker(NAME)):
        yield


@pytest.fixture(autouse=True)
def _celery_eager_marker(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker(NAME):
        request.getfixturevalue(NAME)


@pytest.fixture(autouse=True, scope="class")
def _celery_eager_class_marker(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a class sets up for all its tests runs its tasks in place, too."""
    marker = request.node.get_closest_marker(NAME) if request.cls else None
    with as_marked(marker) if marker else nullcontext():
        yield


def as_marked(marker: pytest.Mark | None) -> eager_tasks:
    from .eager import eager_tasks  # noqa: PLC0415  # see above

    if marker is None:
        return eager_tasks()
    try:
        return eager_tasks(*marker.args, **marker.kwargs)
    except TypeError as error:
        raise TypeError(f"@pytest.mark.{NAME}: {error}") from error
