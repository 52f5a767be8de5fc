"""Which rows ``cleanup()`` deletes where rules say what is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db import connection, models
from django.db.models.signals import post_delete
from django.test.utils import isolate_apps
from djcelery_backends.database import DatabaseBackend
from djcelery_backends.expired import expired
from djcelery_backends.retention import Rule
from djcelery_models.models import TaskMeta, TaskSetMeta
from djcelery_models.taskmeta import AbstractTaskMeta
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery import Celery
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

HOUR = 3600


def make_row(task_id: str, *, hours: float = 0, **fields: Any) -> None:
    """A result that was stored so many hours ago."""
    row = TaskMeta.objects.create(task_id=task_id, **{"status": "SUCCESS", **fields})
    stored_at = datetime.now(UTC) - timedelta(hours=hours)
    TaskMeta.objects.filter(pk=row.pk).update(stored_at=stored_at)


def left() -> list[str]:
    return list(TaskMeta.objects.order_by("task_id").values_list("task_id", flat=True))


def test_the_first_rule_that_matches_decides_and_the_setting_of_celery_the_rest(
    make_app: Callable[..., Celery], settings: Settings
) -> None:
    settings.DJCELERY_BACKENDS_RETENTION = [
        {"name": "ping", "state": "SUCCESS", "expires": timedelta(hours=1)},
        {"state": "FAILURE", "expires": None},
        {"name": "report", "keep": 1},
    ]
    make_row("ping-new", name="ping")
    make_row("ping-old", name="ping", hours=2)
    make_row("ping-failed", name="ping", status="FAILURE", hours=99)
    make_row("report-1", name="report", hours=50)
    make_row("report-2", name="report", hours=99)
    make_row("report-failed", name="report", status="FAILURE", hours=1)
    make_row("rest-new", hours=2)
    make_row("rest-old", name="other", hours=30)

    make_app(result_expires=24 * HOUR).backend.cleanup()

    assert left() == ["ping-failed", "ping-new", "report-1", "report-failed", "rest-new"]


@pytest.mark.parametrize("expires", [None, 0])
def test_rules_hold_where_all_else_is_kept_for_ever(
    expires: int | None, make_app: Callable[..., Celery], settings: Settings
) -> None:
    settings.DJCELERY_BACKENDS_RETENTION = [{"name": "ping", "expires": HOUR}]
    make_row("ping", name="ping", hours=2)
    make_row("rest", hours=9999)
    make_row("left", hidden=True)

    make_app(result_expires=expires).backend.cleanup()

    assert left() == ["rest"]


def test_a_rule_may_limit_age_and_number(
    make_app: Callable[..., Celery], settings: Settings
) -> None:
    settings.DJCELERY_BACKENDS_RETENTION = [{"name": "ping", "expires": 5 * HOUR, "keep": 2}]
    for hours in (1, 2, 3, 9):
        make_row(f"ping-{hours}", name="ping", hours=hours)

    make_app().backend.cleanup()
    assert left() == ["ping-1", "ping-2"]

    TaskMeta.objects.update(stored_at=datetime.now(UTC) - timedelta(hours=6))
    make_app().backend.cleanup()
    assert left() == []


def test_groups_follow_the_setting_of_celery(
    make_app: Callable[..., Celery], settings: Settings
) -> None:
    settings.DJCELERY_BACKENDS_RETENTION = [{"expires": None}]
    TaskSetMeta.objects.store_result("g1", None)
    TaskSetMeta.objects.update(stored_at=datetime.now(UTC) - timedelta(hours=2))

    make_app(result_expires=HOUR).backend.cleanup()

    assert not TaskSetMeta.objects.exists()


def make_model(table: str) -> Any:
    class KeptTask(AbstractTaskMeta):
        id = models.UUIDField(primary_key=True, default=uuid4)  # type: ignore[assignment]  # a key of its own

        class Meta:
            app_label = "djcelery"
            db_table = table

    return KeptTask


def make_proxy() -> Any:
    class Proxy(TaskMeta):
        class Meta:
            app_label = "djcelery"
            proxy = True

    return Proxy


def backend_of(app: Celery, model: Any) -> DatabaseBackend:
    class KeepingBackend(DatabaseBackend):
        TaskModel = model

    return KeepingBackend(app)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_heard", [False, True])
@isolate_apps("djcelery_models")
def test_tables_of_a_project_are_cleaned_too(
    is_heard: bool, app: Celery, settings: Settings
) -> None:
    settings.DJCELERY_BACKENDS_RETENTION = [{"name": "report", "keep": 2}]
    model, heard = make_model("kept_tasks"), []
    if is_heard:
        post_delete.connect(lambda **told: heard.append(told["instance"]), model, weak=False)
    with connection.schema_editor() as editor:
        editor.create_model(model)
    try:
        for number in range(25):
            model.objects.create(task_id=f"t{number:02}", name="report")

        backend_of(app, model).cleanup()

        stay = model.objects.order_by("task_id").values_list("task_id", flat=True)
        assert (list(stay), len(heard)) == (["t23", "t24"], 23 if is_heard else 0)
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(model)


@isolate_apps("djcelery_models")
def test_a_proxy_is_cleaned_in_the_table_it_stands_for(app: Celery) -> None:
    make_row("old", hours=30)
    make_row("new")

    backend_of(app, make_proxy()).cleanup()

    assert left() == ["new"]


def test_the_log_tells_what_went_and_why(app: Celery, caplog: pytest.LogCaptureFixture) -> None:
    make_row("old", hours=30)

    with caplog.at_level("INFO", "djcelery_backends"):
        app.backend.cleanup()

    assert "celery_taskmeta: 1 deleted (older than 86,400 seconds)" in caplog.messages


def decides(rules: list[Rule], name: str, state: str) -> Rule | None:
    fitting = (rule for rule in rules if rule.name in (None, name) and rule.state in (None, state))
    return next(fitting, None)


names, states = st.sampled_from(["a", "b"]), st.sampled_from(["SUCCESS", "FAILURE"])
some_rules = st.builds(
    Rule,
    name=st.none() | names,
    state=st.none() | states,
    expires=st.none() | st.sampled_from([5 * HOUR, timedelta(hours=2)]),
)


@given(
    rules=st.lists(some_rules, max_size=4),
    expires=st.none() | st.just(3 * HOUR),
    tasks=st.lists(st.tuples(names, states, st.sampled_from([1, 4, 9])), max_size=9),
)
@settings(deadline=None, max_examples=40)
def test_each_row_is_in_the_share_of_its_rule_or_in_none(
    rules: list[Rule], expires: float | None, tasks: list[tuple[str, str, float]]
) -> None:
    TaskMeta.objects.all().delete()
    wanted = [0] * (len(rules) + 1)
    for number, (name, state, hours) in enumerate(tasks):
        make_row(f"t{number}", name=name, status=state, hours=hours)
        rule = decides(rules, name, state)
        limit = expires if rule is None else rule.expires
        if limit is not None and timedelta(hours=hours) > as_age(limit):
            wanted[len(rules) if rule is None else rules.index(rule)] += 1

    rows = TaskMeta.objects.using("default").all()
    _hidden, *shares = expired(rows, expires=expires, rules=rules)

    counted = [share.count() for share in shares]
    assert counted == wanted[: len(shares)]
    assert [sum(share.delete()) for share in shares] == counted
    assert rows.count() == len(tasks) - sum(wanted)


def as_age(expires: float | timedelta) -> timedelta:
    return expires if isinstance(expires, timedelta) else timedelta(seconds=expires)
