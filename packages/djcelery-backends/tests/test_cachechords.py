"""Chords whose results are in a cache: each fires once, whatever is delivered, lost or late."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from celery import chain, chord, group
from celery.app.task import Context
from celery.app.trace import trace_task
from celery.exceptions import ChordError
from celery.result import GroupResult
from django.core.cache import caches
from djcelery_backends.cachekinds import counts
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from celery import Celery
    from pytest_django import Settings


@dataclass
class Site:
    """An app with tasks, and the messages that it has sent to a broker in memory."""

    app: Celery
    tasks: Any

    def sent(self) -> list[Any]:
        """Take all messages that wait, as a worker does."""
        with self.app.connection_for_read() as connection:
            queue: Any = connection.SimpleQueue(self.app.conf.task_default_queue)
            messages = []
            while queue.qsize():
                message = queue.get_nowait()
                message.ack()
                messages.append(message)
            return messages

    def deliver(self, message: Any) -> None:
        """Run the task of a message, here and now."""
        args, kwargs, embedded = message.payload
        name, task_id = message.headers["task"], message.headers["id"]
        request = {**message.headers, **embedded, "delivery_info": {}}
        trace_task(self.app.tasks[name], task_id, args, kwargs, request, app=self.app)

    def get(self, result: Any) -> Any:
        """The value of a result, whatever became of its parents."""
        return self.app.AsyncResult(result.id).get(timeout=1)

    def run(self, rounds: int = 20) -> list[str]:
        """Deliver all messages, and those that are sent by it; returns the ids in that order."""
        ids = []
        for _ in range(rounds):
            messages = self.sent()
            for message in messages:
                self.deliver(message)
                ids.append(message.headers["id"])
        return ids


class Tasks:
    """What the tests send; ``failures`` are the ids that the errback was called with."""

    def __init__(self, app: Celery) -> None:
        make: Any = app.task
        self.failures: list[str] = []

        def note(task_id: str) -> None:
            self.failures.append(task_id)

        self.double = make(double, name="double", shared=False)
        self.quiet = make(double, name="quiet", shared=False, ignore_result=True)
        self.total = make(total, name="total", shared=False)
        self.same = make(same, name="same", shared=False)
        self.fail = make(fail, name="fail", shared=False)
        self.swap = make(swap, name="swap", shared=False, bind=True)
        self.note = make(note, name="note", shared=False)


def double(x: int) -> int:
    return 2 * x


def total(values: list[int]) -> int:
    return sum(values)


def same(values: object) -> object:
    return values


def swap(task: Any, x: int) -> None:
    one = task.app.tasks["double"]
    task.replace(group(one.s(x), one.s(x + 1)))


def fail(*_args: object) -> None:
    raise KeyError("gone")


@pytest.fixture
def make_site(make_app: Callable[..., Celery]) -> Callable[..., Site]:
    def make(**settings: Any) -> Site:
        app = make_app(
            result_backend="djcelery-cache",
            broker_url="memory://",
            task_default_queue=uuid4().hex,
            **settings,
        )
        return Site(app, Tasks(app))

    return make


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()


def send(site: Site, size: int = 3) -> Any:
    return chord(site.tasks.double.s(n) for n in range(size))(site.tasks.total.s())


@pytest.mark.usefixtures("counting_cache")
def test_the_body_is_sent_when_the_last_part_has_returned(site: Site) -> None:
    result = send(site)
    first, *others = site.sent()

    site.deliver(first)
    assert site.sent() == []
    assert site.run() == []
    for message in others:
        site.deliver(message)

    assert site.run() == [result.id]
    assert result.get(timeout=1) == 6


@pytest.mark.usefixtures("each_cache")
def test_each_cache_does_chords(site: Site) -> None:
    result = send(site)

    site.run()

    assert result.get(timeout=1) == 6


@pytest.mark.usefixtures("each_cache")
def test_a_part_that_ignores_its_result_counts(site: Site) -> None:
    result = chord([site.tasks.double.s(1), site.tasks.quiet.s(2)])(site.tasks.same.s())

    site.run()

    assert result.get(timeout=1) == [2, 4]


@pytest.mark.usefixtures("each_cache")
def test_a_part_that_fails_fails_the_body(site: Site) -> None:
    tasks = site.tasks
    body = tasks.total.s().on_error(tasks.note.s())
    result = chord([tasks.double.s(1), tasks.fail.s()])(body)

    site.run()

    with pytest.raises(ChordError, match=r"KeyError\('gone'\)"):
        site.get(result)
    assert tasks.failures == [result.id]


@pytest.mark.usefixtures("counting_cache")
@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deliveries=st.lists(st.integers(0, 2), max_size=8))
def test_whatever_is_delivered_again_the_body_is_sent_once(
    site: Site, deliveries: list[int]
) -> None:
    result = send(site)
    messages = site.sent()

    bodies = []
    for number in deliveries:
        site.deliver(messages[number])
        bodies += site.sent()
    assert len(bodies) == (set(deliveries) == {0, 1, 2})
    for message in [*messages, *messages]:
        site.deliver(message)
        bodies += site.sent()

    assert [body.headers["id"] for body in bodies] == [result.id]


@pytest.mark.usefixtures("counting_cache")
@pytest.mark.parametrize("copies", [1, 2])
def test_parts_that_return_at_once_send_one_body(site: Site, copies: int) -> None:
    result = send(site, size=24)
    messages = site.sent() * copies

    def deliver(message: Any) -> None:
        site.deliver(message)
        caches.close_all()  # this thread's

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(deliver, messages))

    bodies = [message.headers["id"] for message in site.sent()]
    assert set(bodies) == {result.id}
    assert len(bodies) == 1 or copies > 1  # the same part twice, in the same moment


@pytest.mark.usefixtures("counting_cache")
def test_a_number_of_parts_that_the_cache_has_lost_does_no_harm(site: Site) -> None:
    result = send(site)
    backend: Any = site.app.backend
    caches["default"].delete(backend.get_key_for_chord(result.parent.id))

    assert site.run()[-1] == result.id

    assert result.get(timeout=1) == 6


@pytest.mark.usefixtures("counting_cache")
@pytest.mark.parametrize("lost", ["count", "claim"])
def test_a_part_whose_worker_died_halfway_is_delivered_again_and_sends_the_body(
    site: Site, lost: str
) -> None:
    result = send(site)
    backend: Any = site.app.backend
    *others, last = site.sent()
    for message in others:
        site.deliver(message)
    task_id = last.headers["id"]
    backend.store_result(task_id, 4, "SUCCESS")
    if lost == "claim":  # it had counted and claimed, but not sent
        key = backend.get_key_for_chord(result.parent.id)
        caches["default"].decr(key)
        caches["default"].add(f"{key}.claim", task_id)

    site.deliver(last)

    assert site.run() == [result.id]
    assert result.get(timeout=1) == 6


@pytest.mark.usefixtures("counting_cache")
def test_a_chord_that_another_part_has_claimed_is_left_to_it(site: Site) -> None:
    result = send(site)
    backend: Any = site.app.backend
    caches["default"].add(backend.get_key_for_chord(result.parent.id, ".claim"), "another")

    assert result.id not in site.run()


@pytest.mark.usefixtures("counting_cache")
def test_a_part_that_is_delivered_after_the_body_does_not_fail_it(site: Site) -> None:
    tasks = site.tasks
    body = tasks.total.s().on_error(tasks.note.s())
    result = chord([tasks.double.s(1), tasks.double.s(2)])(body)
    messages = site.sent()
    for message in messages:
        site.deliver(message)

    for message in messages:
        site.deliver(message)
    site.run()

    assert site.get(result) == 6
    assert tasks.failures == []


@pytest.mark.usefixtures("counting_cache")
def test_a_part_that_ignores_its_result_counts_though_an_entry_is_broken(site: Site) -> None:
    result = chord([site.tasks.quiet.s(1), site.tasks.quiet.s(2)])(site.tasks.same.s())
    message, other = site.sent()
    caches["default"].set(f"celery-task-meta-{message.headers['id']}", "{")

    site.deliver(message)
    site.deliver(other)
    site.run()

    assert site.get(result) == [2, 4]


@pytest.mark.redis
def test_a_chord_lives_as_long_as_its_parts_return_and_then_they_as_other_results(
    make_site: Callable[..., Site], seconds_left: Callable[[str], int]
) -> None:
    site = make_site(result_expires=3_600, result_chord_expires=7_200)
    result = send(site)
    backend: Any = site.app.backend
    group_key = backend.get_key_for_group(result.parent.id)
    first, *others = site.sent()
    part_key = backend.get_key_for_task(first.headers["id"])
    backend.expire(group_key, 5)

    site.deliver(first)

    keys = [group_key, part_key, backend.get_key_for_chord(result.parent.id)]
    assert [seconds_left(key) for key in keys] == [7_200] * 3
    for message in others:
        site.deliver(message)
    assert seconds_left(part_key) == 3_600


@pytest.mark.usefixtures("counting_cache")
def test_a_chord_leaves_nothing_that_only_it_needs(site: Site) -> None:
    result = send(site)
    backend: Any = site.app.backend

    site.run()

    assert GroupResult.restore(result.parent.id, app=site.app) is None
    assert backend.get(backend.get_key_for_chord(result.parent.id)) is None
    assert [part.get(timeout=1) for part in result.parent] == [0, 2, 4]


@pytest.mark.usefixtures("counting_cache")
def test_a_chord_whose_group_is_gone_fails(site: Site) -> None:
    result = send(site)
    GroupResult.restore(result.parent.id, app=site.app).delete()

    site.run()

    with pytest.raises(ChordError, match="no longer exists"):
        site.get(result)


@pytest.mark.usefixtures("counting_cache")
def test_a_part_that_cannot_be_read_fails_the_body_and_is_named(site: Site) -> None:
    result = send(site)
    *others, last = site.sent()
    for message in others:
        site.deliver(message)
    broken = others[0].headers["id"]
    caches["default"].set(f"celery-task-meta-{broken}", "{")

    site.deliver(last)

    with pytest.raises(ChordError, match=f"task {broken}"):
        site.get(result)


@pytest.mark.usefixtures("counting_cache")
def test_a_part_that_was_revoked_fails_the_body(site: Site) -> None:
    result = send(site, size=1)
    (message,) = site.sent()
    context = Context({**message.headers, **message.payload[2]})

    site.app.backend.mark_as_revoked(message.headers["id"], "terminated", request=context)

    with pytest.raises(ChordError, match="terminated"):
        site.get(result)


@pytest.mark.usefixtures("counting_cache")
def test_a_body_that_cannot_be_sent_fails(site: Site) -> None:
    result = send(site, size=1)
    (message,) = site.sent()
    message.payload[2]["chord"]["options"]["serializer"] = "absent"

    site.deliver(message)

    with pytest.raises(ChordError, match="Callback error"):
        site.get(result)


@pytest.mark.usefixtures("each_cache")
def test_groups_and_chains_in_a_header_give_their_values(site: Site) -> None:
    double, same = site.tasks.double, site.tasks.same
    header = [double.s(1), group(double.s(2), double.s(3)), chain(double.s(4), double.s())]

    result = chord(header)(same.s())
    site.run()

    assert sorted(result.get(timeout=1)) == [2, 4, 6, 16]  # Celery turns inner groups round


@pytest.mark.usefixtures("each_cache")
def test_a_chord_in_a_header_counts_when_its_body_has_returned(site: Site) -> None:
    double, same, total = site.tasks.double, site.tasks.same, site.tasks.total
    inner = chord([double.s(1), double.s(2)], total.s())

    result = chord([inner, double.s(5)])(same.s())
    site.run()

    assert result.get(timeout=1) == [6, 10]


@pytest.mark.usefixtures("counting_cache")
@pytest.mark.parametrize("shape", ["task", "chain", "group"])
def test_a_chord_in_a_header_that_fails_fails_the_outer_body(site: Site, shape: str) -> None:
    double, same, total = site.tasks.double, site.tasks.same, site.tasks.total
    bodies = {
        "task": total.s(),
        "chain": chain(total.s(), double.s()),
        "group": group(total.s(), same.s()),
    }
    inner = chord([double.s(1), site.tasks.fail.s()], bodies[shape])

    result = chord([inner, double.s(5)])(same.s())
    site.run()

    with pytest.raises(ChordError):
        site.get(result)


@pytest.mark.usefixtures("each_cache")
def test_a_part_that_is_replaced_counts_when_what_replaces_it_has_returned(site: Site) -> None:
    result = chord([site.tasks.swap.s(1), site.tasks.double.s(5)])(site.tasks.same.s())

    site.run()

    assert result.get(timeout=1) == [[2, 4], 10]


@pytest.mark.usefixtures("each_cache")
def test_a_group_may_be_the_body(site: Site) -> None:
    double, same, total = site.tasks.double, site.tasks.same, site.tasks.total

    result = chain(group(double.s(1), double.s(2)), group(same.s(), total.s())).apply_async()
    site.run()

    assert result.get(timeout=1) == [[2, 4], 6]


@pytest.mark.usefixtures("counting_cache")
@pytest.mark.parametrize("expires", [None, 0, 3_600])
@pytest.mark.parametrize("chord_expires", [None, 0.5, 7_200])
def test_chords_fire_however_long_results_are_kept(
    make_site: Callable[..., Site], expires: float | None, chord_expires: float | None
) -> None:
    site = make_site(result_expires=expires, result_chord_expires=chord_expires)
    result = send(site)

    site.run()

    assert result.get(timeout=1) == 6


@pytest.mark.redis
@pytest.mark.usefixtures("redis_cache")
def test_a_redis_with_replicas_does_not_count(settings: Settings) -> None:
    assert counts(caches["default"])

    address = settings.CACHES["default"]["LOCATION"]
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": [address, address]}}

    assert not counts(caches["default"])


@pytest.mark.usefixtures("polled_cache")
def test_the_other_caches_do_not_count() -> None:
    assert not counts(caches["default"])


@pytest.fixture(autouse=True)
def _closed_caches() -> Iterator[None]:
    yield
    caches.close_all()
