"""Chords in the database: parts are counted once, and the body is sent once, under one id.

The worker's part of Celery is played by calling what it calls for a task that is done:
``mark_as_done`` and its like. What is sent stays in the in-memory broker.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from celery import chord, group, shared_task, signature
from celery.app.task import Context
from celery.exceptions import ChordError, NotRegistered, TaskRevokedError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from djcelery_backends import chords
from djcelery_backends.database import DatabaseBackend
from djcelery_models.models import ChordMeta, ChordPart, TaskMeta

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery import Celery

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def make_app(make_app: Callable[..., Celery]) -> Callable[..., Celery]:
    """Make an app with a queue of the test's own: in memory are those of all other tests."""
    settings = {"broker_url": "memory://", "task_default_queue": uuid4().hex}
    return partial(make_app, task_publish_retry=False, **settings)


class Request(Context):
    """The request of a part."""

    id: str
    group: str
    chord: Any
    args: Any


@shared_task(name="tests.part")
def part(number: int) -> int:
    return number


@shared_task(name="tests.body")
def body(numbers: list[int]) -> int:
    return sum(numbers)


def backend_of(app: Celery) -> DatabaseBackend:
    backend = app.backend
    assert isinstance(backend, DatabaseBackend)
    return backend


def messages(app: Celery) -> list[dict[str, Any]]:
    """The messages that were sent, taken off the queue."""
    with app.connection_for_read() as link:
        queue = link.SimpleQueue(app.conf.task_default_queue)
        found = []
        while queue.qsize():
            found.append(queue.get(block=False))
            found[-1].ack()
        queue.close()
    return [{"headers": message.headers, "body": message.payload} for message in found]


def start(app: Celery, header: Any, callback: Any) -> tuple[Any, list[Request]]:
    """Send a chord; the result of its body, and the requests of its parts as a worker has them."""
    result: Any = chord(header, callback, app=app)()
    requests = [
        Request(
            message["headers"],
            chord=message["body"][2]["chord"],
            args=message["body"][0],
            called_directly=False,
        )
        for message in messages(app)
    ]
    return result, requests


def done(app: Celery, request: Request, value: object) -> None:
    app.backend.mark_as_done(request.id, value, request)


def test_the_last_part_sends_the_body_with_what_all_returned_in_order(app: Celery) -> None:
    result, parts = start(app, [part.s(number) for number in range(3)], body.s())

    for request in reversed(parts):
        assert messages(app) == []
        done(app, request, request.args[0])

    (sent,) = messages(app)
    assert sent["headers"]["id"] == result.id
    assert sent["body"][0] == [[0, 1, 2]]
    assert not ChordPart.objects.exists()


def test_a_part_that_is_delivered_again_counts_once(app: Celery) -> None:
    _, (first, second) = start(app, [part.s(1), part.s(2)], body.s())

    done(app, first, 1)
    done(app, first, 1)
    assert messages(app) == []
    done(app, second, 2)
    done(app, second, 2)
    done(app, first, 1)

    assert len(messages(app)) == 1


def test_a_part_that_ignores_its_result_counts_and_gives_it_to_the_body(app: Celery) -> None:
    _, (first, second) = start(app, [part.s(1), part.s(2)], body.s())

    done(app, first, 1)
    app.backend.mark_as_done(second.id, 2, second, store_result=False)

    assert [sent["body"][0] for sent in messages(app)] == [[[1, 2]]]
    assert not TaskMeta.objects.filter(task_id=second.id).exists()


@pytest.mark.parametrize(
    ("fail", "cause"),
    [
        (
            lambda backend, one: backend.mark_as_failure(one.id, ValueError("no"), request=one),
            ValueError,
        ),
        (lambda backend, one: backend.mark_as_revoked(one.id, "no", request=one), TaskRevokedError),
        (
            lambda backend, one: backend.mark_as_failure(
                one.id, ValueError("no"), request=one, store_result=False
            ),
            ValueError,
        ),
    ],
)
def test_a_part_that_fails_fails_the_body(
    app: Celery, fail: Callable[..., None], cause: type[Exception]
) -> None:
    result, (first, second) = start(app, [part.s(1), part.s(2)], body.s())

    fail(app.backend, first)
    assert result.state == "PENDING"
    done(app, second, 2)

    with pytest.raises(ChordError, match=f"Dependency {first.id} raised {cause.__name__}"):
        app.AsyncResult(result.id).get()
    assert messages(app) == []


def test_a_retried_part_is_not_done(app: Celery) -> None:
    _, (first, second) = start(app, [part.s(1), part.s(2)], body.s())

    done(app, first, 1)
    app.backend.mark_as_retry(second.id, ValueError("later"), request=second)

    assert messages(app) == []


def test_a_part_that_succeeds_after_its_worker_was_taken_for_lost_has_succeeded(
    app: Celery,
) -> None:
    _, (first, second) = start(app, [part.s(1), part.s(2)], body.s())

    app.backend.mark_as_failure(first.id, ValueError("lost"), request=first)
    done(app, first, 1)
    done(app, second, 2)

    assert [sent["body"][0] for sent in messages(app)] == [[[1, 2]]]


def test_groups_in_the_header_are_counted_task_by_task_and_given_nested(app: Celery) -> None:
    header = [group(part.s(1), part.s(2)) | part.s(3), part.s(4)]
    result, parts = start(app, header, body.s())

    assert len(parts) == 3  # the inner group, which has a chord of its own, and the last
    assert ChordMeta.objects.count() == 2
    outer = ChordMeta.objects.get(group_id=result.parent.id)
    assert outer.size == 2


def test_a_part_and_its_count_are_one_transaction(app: Celery) -> None:
    _, (first, _second) = start(app, [part.s(1), part.s(2)], body.s())

    with CaptureQueriesContext(connection) as queries:
        done(app, first, 1)

    words = [query["sql"].split(" ")[0].rstrip(";") for query in queries]
    assert words[0] in {"BEGIN", "INSERT"}
    assert words.count("INSERT") == 2
    assert words.count("UPDATE") == 1
    assert words.count("COMMIT") <= 1


def test_who_claims_and_dies_leaves_the_chord_to_another(app: Celery) -> None:
    result, (first,) = start(app, [part.s(1)], body.s())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(app.backend), "fire_chord", lambda *_args: None)
        done(app, first, 1)
    group_id = result.parent.id

    assert chords.claim(group_id) is not None
    backend_of(app).sweep()
    assert messages(app) == []
    ChordMeta.objects.update(claimed_at=datetime.now(UTC) - chords.STALE - timedelta(seconds=1))
    backend_of(app).sweep()
    backend_of(app).sweep()

    assert [sent["headers"]["id"] for sent in messages(app)] == [result.id]


def test_a_stale_claim_whose_body_has_run_sends_it_no_more(app: Celery) -> None:
    result, (first,) = start(app, [part.s(1)], body.s())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chords, "finish", lambda _chord: None)  # the worker dies before that
        done(app, first, 1)
    assert len(messages(app)) == 1
    app.backend.store_result(result.id, 1, "SUCCESS")
    ChordMeta.objects.update(claimed_at=datetime.now(UTC) - chords.STALE - timedelta(seconds=1))

    backend_of(app).sweep()

    assert messages(app) == []
    assert ChordMeta.objects.get().fired_at is not None


def test_a_chord_whose_sender_died_after_its_commit_is_counted_by_the_sweeper(app: Celery) -> None:
    result, parts = start(app, [part.s(1), part.s(2)], body.s())
    ChordMeta.objects.update(counted=None)
    for request in parts:
        done(app, request, request.args[0])
    ChordMeta.objects.update(stored_at=datetime.now(UTC) - chords.STALE - timedelta(seconds=1))

    backend_of(app).sweep()

    assert [sent["headers"]["id"] for sent in messages(app)] == [result.id]


def test_a_broker_that_is_lost_gets_the_body_later(make_app: Callable[..., Celery]) -> None:
    app = make_app()
    _, (first,) = start(app, [part.s(1)], body.s())
    lost = make_app(broker_url="amqp://guest@127.0.0.1:1//")

    done(lost, first, 1)
    assert ChordMeta.objects.get().fired_at is None
    found = make_app()
    backend_of(found).sweep()

    assert len(messages(found)) == 1


def test_parts_may_overtake_the_transaction_that_the_chord_is_sent_in(app: Celery) -> None:
    with transaction.atomic():
        result, parts = start(app, [part.s(1), part.s(2)], body.s())
        ChordMeta.objects.all().delete()  # what others see until the transaction ends
        for request in parts:
            done(app, request, request.args[0])
        assert messages(app) == []
        frozen = signature({**parts[0].chord}, app=app)
        results = [app.AsyncResult(request.id) for request in parts]
        app.backend.apply_chord((result.parent.id, results), frozen)

    assert [sent["headers"]["id"] for sent in messages(app)] == [result.id]


def test_a_chord_that_is_applied_again_runs_again(app: Celery) -> None:
    result, (first,) = start(app, [part.s(1)], body.s())
    done(app, first, 1)
    messages(app)

    frozen = signature({**first.chord}, app=app)
    app.backend.apply_chord((result.parent.id, [app.AsyncResult(first.id)]), frozen)
    done(app, first, 1)

    assert [sent["headers"]["id"] for sent in messages(app)] == [result.id]


def test_a_task_may_be_added_to_a_chord(app: Celery) -> None:
    result, (first,) = start(app, [part.s(1)], body.s())
    added = app.AsyncResult("added")

    app.backend.add_to_chord(first.group, added)
    done(app, first, 1)
    assert messages(app) == []
    done(app, Request(id="added", group=first.group, chord=first.chord), 2)

    assert [sent["body"][0] for sent in messages(app)] == [[[1, 2]]]
    assert result.id


def test_old_chords_and_parts_of_none_are_cleaned_up(make_app: Callable[..., Celery]) -> None:
    app = make_app(result_expires=3600)
    now, long_ago = datetime.now(UTC), datetime.now(UTC) - timedelta(hours=2)
    for group_id, stored_at, fired_at in (
        ("fired", long_ago, long_ago),
        ("just fired", long_ago, now),
        ("forgotten", long_ago, None),
        ("under way", now, None),
    ):
        new = {
            "size": 2,
            "counted": 1,
            "header": "[]",
            "body": "",
            "content_type": "",
            "content_encoding": "",
        }
        row = ChordMeta.objects.create(group_id=group_id, fired_at=fired_at, **new)
        ChordMeta.objects.filter(pk=row.pk).update(stored_at=stored_at)
        ChordPart.objects.create(group_id=group_id, task_id="part")
    ChordPart.objects.create(group_id="rolled back", task_id="part")
    ChordPart.objects.update(stored_at=long_ago)

    app.backend.cleanup()

    left = ["just fired", "under way"]
    assert sorted(ChordMeta.objects.values_list("group_id", flat=True)) == left
    assert sorted(ChordPart.objects.values_list("group_id", flat=True)) == left


def test_a_chord_that_was_left_behind_is_fired_by_the_clean_up_too(app: Celery) -> None:
    result, (first,) = start(app, [part.s(1)], body.s())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(app.backend), "fire_chord", lambda *_args: None)
        done(app, first, 1)

    app.backend.cleanup()

    assert [sent["headers"]["id"] for sent in messages(app)] == [result.id]


def test_a_part_that_cannot_be_read_fails_the_body(app: Celery) -> None:
    result, (first, second) = start(app, [part.s(1), part.s(2)], body.s())

    done(app, first, {"__type__": "datetime", "__value__": "never"})
    done(app, second, 2)

    with pytest.raises(ChordError, match=f"the result of task {first.id}, .* cannot be read"):
        app.AsyncResult(result.id).get()
    assert messages(app) == []


class Unspeakable(Exception):  # no error
    """One that cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")


def test_a_part_that_raises_what_cannot_be_shown_fails_the_body(
    make_app: Callable[..., Celery],
) -> None:
    accepts = {"result_serializer": "pickle", "result_accept_content": ["pickle"]}
    app = make_app(**accepts)
    result, (first,) = start(app, [part.s(1)], body.s())

    app.backend.mark_as_failure(first.id, Unspeakable("no"), request=first)

    with pytest.raises(ChordError, match=f"Dependency {first.id} raised"):
        app.AsyncResult(result.id).get()


def test_a_part_that_no_worker_knows_fails_the_body(app: Celery) -> None:
    result, (first, second) = start(app, [part.s(1), part.s(2)], body.s())
    known = {"name": "tests.part", "chord": None, "root_id": "root", "errbacks": None}

    done(app, second, 2)
    failure = NotRegistered("tests.part")
    app.backend.mark_as_failure(first.id, failure, request=SimpleNamespace(**known))

    with pytest.raises(ChordError, match=f"{first.id} raised Task of kind .* never registered"):
        app.AsyncResult(result.id).get()
    row = TaskMeta.objects.get(task_id=first.id)
    assert (row.status, row.name, row.root_id) == ("FAILURE", "tests.part", "root")


def test_a_task_that_no_worker_knows_and_no_chord_awaits_just_fails(app: Celery) -> None:
    request = SimpleNamespace(name="gone", chord=None, root_id=None, errbacks=None)

    app.backend.mark_as_failure("t1", NotRegistered("gone"), request=request)

    assert TaskMeta.objects.get(task_id="t1").status == "FAILURE"
