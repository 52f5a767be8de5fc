"""What a result tells besides: arguments, descent, times, group and stamps."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from celery import shared_task
from celery.app.task import Context
from celery.result import AsyncResult
from djcelery_models.models import TaskMeta

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery import Celery
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


@shared_task(name="tests.login")
def login(user: str, password: str, **options: object) -> str:
    return user


@shared_task(name="tests.search")
def search(text: str, **options: object) -> str:
    return text


@pytest.fixture
def app(make_app: Callable[..., Celery]) -> Celery:
    return make_app(result_extended=True)


def store(app: Celery, **request: Any) -> TaskMeta:
    """Store a success of a task as a worker does; the row."""
    known = {"id": "t1", "task": "tests.login", "called_directly": False, **request}
    app.backend.store_result("t1", "ann", "SUCCESS", request=Context(known))
    return TaskMeta.objects.get()


def test_arguments_are_json_and_come_back_as_they_were(app: Celery) -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)

    row = store(app, task="tests.search", args=("ann",), kwargs={"since": since})

    assert row.args == '["ann"]'
    result: Any = AsyncResult("t1")
    assert result.args == ["ann"]
    assert result.kwargs == {"since": datetime(2026, 1, 1, tzinfo=UTC)}


def test_what_the_setting_masks_is_not_stored(app: Celery) -> None:
    row = store(app, args=("ann", "s3cret"), kwargs={"api_key": "k3y", "note": "fine"})

    assert (row.args, row.kwargs) == (
        '["ann", "<hidden>"]',
        '{"api_key": "<hidden>", "note": "fine"}',
    )


def test_arguments_of_a_task_that_is_not_known_here_are_hidden(app: Celery) -> None:
    assert (
        store(app, task="elsewhere.login", args=("ann", "s3cret")).args
        == '["<hidden>", "<hidden>"]'
    )


def test_without_words_nothing_is_masked(app: Celery, settings: Settings) -> None:
    settings.DJCELERY_MASK_ARGUMENTS = []

    assert store(app, args=("ann", "s3cret")).args == '["ann", "s3cret"]'


def test_long_arguments_are_cut_with_a_mark(app: Celery) -> None:
    row = store(app, task="tests.search", args=("a" * 20_000,))

    assert row.args is not None
    assert (len(row.args), row.args[-1]) == (10_000, "…")


def test_without_extended_results_arguments_are_not_stored(make_app: Callable[..., Celery]) -> None:
    row = store(make_app(), args=("ann", "s3cret"), kwargs={"note": "fine"})

    assert (row.args, row.kwargs) == (None, None)


def test_a_result_tells_where_it_comes_from(app: Celery) -> None:
    row = store(
        app, parent_id="p", root_id="r", group="g", periodic_task_name="nightly", hostname="w1"
    )

    assert (row.parent_id, row.root_id, row.periodic_task_name) == ("p", "r", "nightly")
    meta = app.backend.get_task_meta("t1")
    assert (meta["parent_id"], meta["group_id"], meta["worker"]) == ("p", "g", "w1")


def test_stamps_are_kept(app: Celery) -> None:
    store(app, stamped_headers=["stamp"], stamps={"stamp": ["x"], "other": ["y"]})

    meta = app.backend.get_task_meta("t1")
    assert (meta["stamped_headers"], meta["stamp"]) == (["stamp"], ["x"])
    assert "other" not in meta


def test_a_row_tells_when_the_task_started_and_was_done(app: Celery) -> None:
    before = datetime.now(UTC)

    login.apply(("ann", "x"), task_id="t1")

    row = TaskMeta.objects.get()
    assert row.started_at is not None
    assert row.done_at is not None
    assert before <= row.started_at <= row.done_at <= datetime.now(UTC)


def test_a_task_that_is_not_done_has_no_time_for_it(app: Celery) -> None:
    app.backend.store_result("t1", {"percent": 10}, "PROGRESS")

    row = TaskMeta.objects.get()
    assert (row.done_at, row.started_at) == (None, None)


def test_a_store_that_knows_less_leaves_what_is_known(app: Celery) -> None:
    store(
        app,
        task="tests.search",
        args=("ann",),
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        root_id="r",
    )

    app.backend.store_result("t1", "ann", "SUCCESS")

    row = TaskMeta.objects.get()
    assert (row.args, row.root_id) == ('["ann"]', "r")
    assert row.started_at == datetime(2026, 1, 1, tzinfo=UTC)
