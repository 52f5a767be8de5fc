"""What a broker does with a batch."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from celery import Celery
from django.db import OperationalError
from djcelery_beat import ledger as ledger_module
from djcelery_models.models import PeriodicTask, PeriodicTaskRun
from kombu import Exchange, Queue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from djcelery_beat.schedulers import DatabaseScheduler

pytestmark = [pytest.mark.django_db, pytest.mark.rabbitmq]

MakeEntry = "Callable[..., PeriodicTask]"


@pytest.fixture
def queue() -> Iterator[str]:
    name = f"tests-{uuid4().hex}"
    yield name
    with Celery("cleaning", broker=os.environ["BROKER_URL"]).connection() as connection:
        channel: Any = connection.channel()
        for one in (name, *(f"{name}-{number}" for number in range(12))):
            channel.queue_delete(one)


@pytest.fixture
def on_rabbitmq(make_beat: Callable[..., Any], queue: str) -> Any:
    return make_beat(
        broker_url=os.environ["BROKER_URL"], result_expires=None, task_default_queue=queue
    )


def test_a_batch_is_confirmed(on_rabbitmq: Any, make_entry: Any, ledger: Any) -> None:
    for number in range(20):
        make_entry(name=f"entry {number}")

    assert len(on_rabbitmq.run(after=10)) == 20
    assert ledger("entry 7") == [("sent", 1)]
    assert on_rabbitmq.scheduler._publisher._confirms._open == set()


def test_a_batch_to_many_queues_waits_for_no_packet(
    on_rabbitmq: Any, make_entry: Any, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("djcelery_beat.dispatch.TAKING_SECONDS", 60)
    for number in range(12):  # each is declared; held back for 200 ms they would take too long
        make_entry(name=f"entry {number}", queue=f"{queue}-{number}")

    on_rabbitmq.clock.move(10)
    on_rabbitmq.scheduler.tick()

    assert PeriodicTaskRun.objects.filter(outcome="sent").count() == 12


def test_a_queue_that_goes_when_nobody_uses_it_is_declared_for_each_message(
    on_rabbitmq: Any, make_entry: Any, ledger: Any, queue: str
) -> None:
    name = f"{queue}-1"
    exchange, arguments = Exchange(name, auto_delete=True), {"x-expires": 60_000}
    passing = Queue(name, exchange, routing_key=name, queue_arguments=arguments)
    on_rabbitmq.app.conf.task_queues = [passing]
    on_rabbitmq.app.conf.task_routes = {"*": {"queue": name}}
    make_entry()

    on_rabbitmq.scheduler.connect()
    for _ in range(2):
        on_rabbitmq.clock.move(10)
        on_rabbitmq.scheduler._front = None
        on_rabbitmq.scheduler.tick()
        with on_rabbitmq.app.connection() as connection:
            assert passing(connection.channel()).delete() == 1

    assert ledger() == [("sent", 1), ("sent", 1)]


def test_what_no_queue_takes_was_not_sent(on_rabbitmq: Any, make_entry: Any, ledger: Any) -> None:
    make_entry(name="lost", exchange="amq.topic", routing_key=f"nobody.{uuid4().hex}")
    make_entry()

    assert len(on_rabbitmq.run(after=10)) == 1
    assert ledger("lost") == [("not_sent", 1)]
    assert "no queue took it" in PeriodicTaskRun.objects.get(outcome="not_sent").reason
    assert PeriodicTask.objects.get(name="lost").total_run_count == 0
    assert ledger() == [("sent", 1)]


def test_who_was_to_run_once_is_not_done_where_no_queue_took_it(
    on_rabbitmq: Any, make_entry: Any, ledger: Any
) -> None:
    nowhere = {"exchange": "amq.topic", "routing_key": f"nobody.{uuid4().hex}"}
    lost = make_entry(name="lost", one_off=True, failures=2, **nowhere)
    make_entry(failures=2)

    on_rabbitmq.run(after=10)

    after = PeriodicTask.objects.get(name="lost")
    assert (after.enabled, after.disabled_reason, after.failures) == (True, "", 3)
    assert (after.total_run_count, after.last_due_at) == (0, None)
    assert after.planned_by == lost.planned_by
    assert after.next_run_at > lost.next_run_at
    sent = PeriodicTask.objects.get(name="entry")
    assert (sent.total_run_count, sent.failures) == (1, 0)
    assert ledger("lost") == [("not_sent", 1)]


def test_the_time_that_a_write_takes_is_not_the_brokers(
    on_rabbitmq: Any, make_entry: Any, ledger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = ledger_module.write

    def write_late(*args: Any) -> None:
        time.sleep(1)
        write(*args)

    monkeypatch.setattr("djcelery_beat.publisher.BATCH_SECONDS", 0.5)
    monkeypatch.setattr(ledger_module, "write", write_late)
    make_entry()

    assert len(on_rabbitmq.run(after=10)) == 1
    assert ledger() == [("sent", 1)]
    assert PeriodicTask.objects.get().total_run_count == 1


@pytest.mark.django_db(transaction=True)
def test_what_was_not_answered_before_the_database_failed_is_not_waited_for(
    on_rabbitmq: Any, make_entry: Any, ledger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, errors = ledger_module.write, [OperationalError("the server has gone")]

    def write_or_fail(*args: Any) -> None:
        if errors:
            raise errors.pop()
        write(*args)

    monkeypatch.setattr(ledger_module, "write", write_or_fail)
    make_entry()
    on_rabbitmq.clock.move(10)

    assert on_rabbitmq.scheduler.tick() == 0
    assert on_rabbitmq.scheduler._publisher.producer is None
    headers = on_rabbitmq.run()

    assert len({one["id"] for one in headers}) == 1
    assert ledger() == [("sent", 1)]


def test_an_exchange_that_is_not_there_stops_only_its_entry(
    on_rabbitmq: Any, make_entry: Any, ledger: Any
) -> None:
    make_entry(name="wrong", exchange="not-there", routing_key="x")
    for number in range(5):
        make_entry(name=f"entry {number}")

    headers = on_rabbitmq.run(after=10)

    assert {one["periodic_task_name"] for one in headers} == {f"entry {n}" for n in range(5)}
    assert len({one["id"] for one in headers}) == 5
    assert ledger("wrong") == [("not_sent", 1)]
    assert "NOT_FOUND" in PeriodicTaskRun.objects.get(outcome="not_sent").reason
    assert len(on_rabbitmq.run(after=10)) == 5


def test_a_queue_that_refuses_stops_only_its_entry(
    on_rabbitmq: Any, make_entry: Any, ledger: Any, queue: str
) -> None:
    full = Queue(
        f"{queue}-full",
        exchange=Exchange(f"{queue}-full", type="direct", durable=False, auto_delete=True),
        routing_key="full",
        queue_arguments={"x-max-length": 0, "x-overflow": "reject-publish"},
        durable=False,
        auto_delete=True,
    )
    with on_rabbitmq.app.connection() as connection:
        full(connection.channel()).declare()
        try:
            make_entry(name="full", exchange=full.exchange.name, routing_key="full")
            make_entry()

            headers = [one for after in (10, 3, 3) for one in on_rabbitmq.run(after)]
        finally:
            connection.channel().queue_delete(full.name)

    assert {one["periodic_task_name"] for one in headers} == {"entry"}
    assert len({one["id"] for one in headers}) == 1
    assert ledger("full") == [("not_sent", 1)]
    assert "nack" in PeriodicTaskRun.objects.get(outcome="not_sent").reason


@pytest.mark.parametrize(
    "fields",
    [
        {"headers": '{"k": 100000000000000000000000}'},
        {"headers": '{"%s": 1}' % ("k" * 300)},
        {"exchange": "amq.direct", "routing_key": "ü" * 200},
    ],
)
def test_a_message_that_amqp_cannot_hold_stops_only_its_entry(
    on_rabbitmq: Any, make_entry: Any, ledger: Any, fields: dict[str, str]
) -> None:
    make_entry(name="bad", **fields)
    make_entry()

    headers = [one for after in (10, 1, 1) for one in on_rabbitmq.run(after)]

    assert {one["periodic_task_name"] for one in headers} == {"entry"}
    assert ledger("bad") == [("not_sent", 1)]
    assert len(on_rabbitmq.run(after=10)) == 1


def test_a_channel_that_confirms_each_message_does_too(
    on_rabbitmq: Any, make_entry: Any, ledger: Any
) -> None:
    on_rabbitmq.app.conf.broker_transport_options = {"confirm_publish": True}
    make_entry()

    assert len(on_rabbitmq.run(after=10)) == 1
    assert ledger() == [("sent", 1)]


def test_sent_events_are_published_beside(on_rabbitmq: Any, make_entry: Any, ledger: Any) -> None:
    on_rabbitmq.app.conf.task_send_sent_event = True
    make_entry()

    assert len(on_rabbitmq.run(after=10)) == 1
    assert ledger() == [("sent", 1)]


def test_a_connection_that_the_broker_has_closed_costs_nothing(
    on_rabbitmq: Any, make_entry: Any, ledger: Any
) -> None:
    make_entry()
    on_rabbitmq.run(after=10)
    on_rabbitmq.scheduler._publisher._connection.connection.transport.sock.close()

    headers = on_rabbitmq.run(after=10)

    assert [one["periodic_task_name"] for one in headers] == ["entry"]
    assert ledger() == [("sent", 1), ("sent", 1)]


def test_a_broker_that_is_away_is_waited_for_in_one_line(
    make_beat: Any, make_entry: Any, caplog: pytest.LogCaptureFixture, queue: str
) -> None:
    beat = make_beat(
        broker_url="amqp://guest:guest@127.0.0.1:9//",
        result_expires=None,
        task_default_queue=queue,
    )
    entry = make_entry(misfire="run_all")
    beat.scheduler.tick()
    beat.clock.move(10)

    pauses = [beat.scheduler.tick() for _look in range(6)]

    assert pauses == [0.0, 1.0, 2.0, 5.0, 5.0, 5.0]
    lines = [record.message for record in caplog.records if "broker" in record.message]
    assert len(lines) == 1
    assert "127.0.0.1:9" in lines[0]
    assert "guest:guest" not in lines[0]
    assert PeriodicTask.objects.get(pk=entry.pk).total_run_count == 0

    beat.app.conf.broker_url = beat.app.conf.broker_write_url = os.environ["BROKER_URL"]
    beat.app.conf.broker_read_url = os.environ["BROKER_URL"]
    assert len(beat.run()) == 1
    assert "beat works again" in caplog.text


def test_the_scheduler_closes_nothing_by_itself(on_rabbitmq: Any) -> None:
    scheduler: DatabaseScheduler = on_rabbitmq.scheduler

    scheduler.close()

    assert scheduler.is_stopping
