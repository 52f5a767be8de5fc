"""A client, in this process, of a project whose results are in its database."""

from __future__ import annotations

from contextlib import contextmanager
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.utils import ConnectionHandler
from djcelery_models.models import ChordMeta, ChordPart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from celery import Celery, Signature

    from .projects import Project

SECONDS = 20


class Tasks:
    """``tasks.add(1, 2)`` is the signature of ``shop.tasks.add`` with these arguments."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def __getattr__(self, name: str) -> Callable[..., Signature[Any]]:
        return lambda *args: self._app.signature(f"shop.tasks.{name}", args)


@contextmanager
def client_of(project: Project) -> Iterator[Project]:
    """In this block the ORM of this thread goes to the database of the project."""
    before = connections["default"]
    known = dict(project.settings["DATABASES"]["default"])
    connections["default"] = ConnectionHandler({"default": known})["default"]
    try:
        yield project
    finally:
        connections["default"].close()
        connections["default"] = before


def assert_no_chord_is_left() -> None:
    """That each chord was fired and its parts were forgotten, which may come after its result."""
    assert_soon(lambda: not ChordMeta.objects.filter(fired_at=None).exists())
    assert_soon(lambda: not ChordPart.objects.exists())


def assert_soon(is_so: Callable[[], bool], timeout: float = SECONDS) -> None:
    deadline = monotonic() + timeout
    while not is_so():
        assert monotonic() < deadline
        sleep(0.05)
