"""``PeriodicTaskMeta`` as documented.

``name``, ``task``, ``last_run_at``, ``total_run_count``, ``delay()``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from celery import Celery, current_app
from celery.exceptions import NotRegistered
from djcelery_models.models import IntervalSchedule, PeriodicTask, PeriodicTaskMeta
from djcelery_utils.clock import now
from kombu import Exchange, Queue

if TYPE_CHECKING:
    from collections.abc import Iterator


def add(x: int, y: int) -> int:
    return x + y


@pytest.fixture
def app() -> Iterator[Celery]:
    previous = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy
    app = Celery("tests", broker="memory://", set_as_current=False)
    app.set_current()
    yield app
    app.close()
    previous.set_current()


def make_meta(**overrides: Any) -> PeriodicTaskMeta:
    columns = {"name": "entry", "task": "tests.add", "args": "[1]", "kwargs": '{"y": 2}'}
    hourly = IntervalSchedule.from_schedule(3_600)
    entry = PeriodicTask.objects.create(**columns, interval=hourly, **overrides)
    return PeriodicTaskMeta(entry)


def sent(app: Celery, queue: str) -> Any:
    with app.connection_for_read() as connection:
        channel: Any = connection.default_channel
        return channel.basic_get(queue, no_ack=True)


@pytest.mark.django_db
def test_it_names_the_task_and_counts_its_runs(app: Celery) -> None:
    task = app.task(name="tests.add", shared=False)(add)
    meta = make_meta(total_run_count=3)

    assert (meta.name, meta.total_run_count, meta.last_run_at) == ("tests.add", 3, None)
    assert meta.task == task


@pytest.mark.django_db
def test_a_task_that_is_not_registered_is_celerys_error(app: Celery) -> None:
    with pytest.raises(NotRegistered):
        _ = make_meta().task


@pytest.mark.django_db
@pytest.mark.parametrize("registered", [True, False])
def test_a_delay_sends_the_task_and_counts_the_run(app: Celery, registered: bool) -> None:
    if registered:
        app.task(name="tests.add", shared=False)(add)
    meta = make_meta(queue="models_meta", total_run_count=3)

    result = meta.delay()

    message = sent(app, "models_meta")
    assert (message.headers["task"], message.headers["id"]) == ("tests.add", result.id)
    assert message.decode()[:2] == [[1], {"y": 2}]
    meta.entry.refresh_from_db()
    assert (meta.total_run_count, meta.last_run_at) == (4, None)


@pytest.mark.django_db
def test_a_registered_task_keeps_options_of_its_own(app: Celery) -> None:
    app.task(name="tests.add", shared=False, expires=60)(add)
    meta = make_meta(queue="models_own")

    meta.delay()

    assert sent(app, "models_own").headers["expires"] is not None


@pytest.mark.django_db
def test_a_delay_takes_the_options_of_the_entry(app: Celery) -> None:
    expires = now() + timedelta(hours=1)
    with app.connection_for_write() as connection:
        channel: Any = connection.default_channel
        Queue("meta_orders", Exchange("meta_shop"), "orders", channel=channel).declare()
    meta = make_meta(exchange="meta_shop", routing_key="orders", expires=expires)

    meta.delay()

    message = sent(app, "meta_orders")
    assert message.headers["expires"] == expires.isoformat()
