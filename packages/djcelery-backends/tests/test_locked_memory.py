"""A database in memory that a thread shares with others, which SQLite does not let wait."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from celery.exceptions import TimeoutError as ResultTimeoutError
from django.db import connection, transaction
from djcelery_models.models import TaskMeta

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celery import Celery

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="no such database"),
]


class Writer:
    """Another thread, in a transaction that has written the result of task ``t1``."""

    def __init__(self) -> None:
        self._has_written, self._may_commit = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._write)
        self._thread.start()
        assert self._has_written.wait(10)

    def _write(self) -> None:
        with transaction.atomic():
            TaskMeta.objects.create(task_id="t1", status="SUCCESS")
            self._has_written.set()
            self._may_commit.wait(10)
        connection.connection.close()  # Django keeps what is in memory alive

    def commit_after(self, seconds: float) -> None:
        threading.Timer(seconds, self._may_commit.set).start()

    def end(self) -> None:
        self._may_commit.set()
        self._thread.join(10)


@pytest.fixture
def writer() -> Iterator[Writer]:
    made = Writer()
    yield made
    made.end()


def test_the_first_look_waits_until_the_other_thread_has_committed(
    app: Celery, writer: Writer
) -> None:
    writer.commit_after(0.2)

    assert app.AsyncResult("t1").state == "SUCCESS"


def test_a_store_waits_until_the_other_thread_has_committed(app: Celery, writer: Writer) -> None:
    writer.commit_after(0.2)

    app.backend.store_result("t2", 2, "SUCCESS")

    assert TaskMeta.objects.count() == 2


def test_who_waits_is_not_told_of_the_lock(
    app: Celery, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {"timeout": 0})
    writer.commit_after(0.2)

    assert app.AsyncResult("t1").get(timeout=10) is None


@pytest.mark.usefixtures("writer")
def test_who_waits_in_vain_is_told_so(app: Celery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {"timeout": 0})

    with pytest.raises(ResultTimeoutError):
        app.AsyncResult("t1").get(timeout=0.1)
