"""A write that is repeated until the database takes it, or that leaves the caller's as it was."""

from __future__ import annotations

import logging
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from django.db import OperationalError, connection, transaction
from django.db.utils import ConnectionHandler
from djcelery_backends.errors import TablesMissing
from djcelery_backends.retrying import until_taken
from djcelery_backends.storing import store
from djcelery_models.models import TaskMeta

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from django.db.backends.utils import CursorWrapper
    from pytest_django import Settings


def fail(cursor: CursorWrapper) -> None:
    cursor.execute("SELECT * FROM no_such_table")


def refusals(number: int) -> Callable[[], str]:
    """A write that is refused ``number`` times before it is taken."""
    left = [OperationalError("disk full")] * number

    def write() -> str:
        if left:
            raise left.pop()
        return "taken"

    return write


@pytest.mark.django_db
def test_in_a_transaction_a_store_that_fails_leaves_it_usable() -> None:
    with transaction.atomic():
        with pytest.raises(TablesMissing):
            store(fail, using="default", what="the result of t1")
        TaskMeta.objects.create(task_id="t2")

    assert TaskMeta.objects.get().task_id == "t2"


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_none_is_opened() -> None:
    def look(_cursor: CursorWrapper) -> bool:
        return connection.in_atomic_block

    assert not store(look, using="default", what="nothing")


def test_what_is_refused_for_now_is_tried_again(settings: Settings) -> None:
    settings.DJCELERY_BACKENDS_RETRY_SECONDS = 20

    assert until_taken(refusals(3), what="the result of t1") == "taken"


def test_what_is_refused_for_long_is_raised_and_logged(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.DJCELERY_BACKENDS_RETRY_SECONDS = 0

    with pytest.raises(OperationalError, match="disk full"):
        until_taken(refusals(3), what="the result of t1")

    assert [(record.levelno, record.message) for record in caplog.records] == [
        (logging.WARNING, "the result of t1 could not be stored, trying for 0 s: disk full"),
        (logging.ERROR, "the result of t1 was not stored; tried for 0 s"),
    ]


def test_what_is_wrong_for_good_is_raised_at_once() -> None:
    calls: list[Any] = []

    def write() -> None:
        calls.append(1)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        until_taken(write, what="the result of t1")
    assert len(calls) == 1


class Operator(logging.Handler):
    """Makes room in the database once it is told that something could not be stored."""

    def __init__(self, cursor: CursorWrapper) -> None:
        super().__init__()
        self.cursor = cursor

    def emit(self, record: logging.LogRecord) -> None:
        self.told = record.getMessage()
        self.cursor.execute("PRAGMA max_page_count = 1000000")


@pytest.mark.django_db
def test_a_database_that_is_full_takes_the_result_once_there_is_room(tmp_path: Path) -> None:
    settings = {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "full.sqlite3"}
    handler = ConnectionHandler({"default": settings})
    with closing(handler["default"]) as small, small.cursor() as cursor:
        cursor.execute("CREATE TABLE results (result TEXT)")
        cursor.execute("PRAGMA max_page_count = 1")
        operator = Operator(cursor)
        logger = logging.getLogger("djcelery_backends.retrying")
        logger.addHandler(operator)
        until_taken(
            lambda: cursor.execute("INSERT INTO results VALUES (%s)", ["x" * 100_000]),
            what="the result of t1",
        )
        logger.removeHandler(operator)
        cursor.execute("SELECT length(result) FROM results")

        assert cursor.fetchall() == [(100_000,)]
    assert operator.told == (
        "the result of t1 could not be stored, trying for 60 s: database or disk is full"
    )
