"""The plugin for pytest; it imports Django and Celery when a test asks for them, not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    from .eager import eager_tasks  # noqa: PLC0415  # see above

    marker = request.node.get_closest_marker(NAME)
    with eager_tasks(*marker.args, **marker.kwargs) if marker else eager_tasks():
        yield


@pytest.fixture(autouse=True)
def _celery_eager_marker(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker(NAME):
        request.getfixturevalue(NAME)
