"""Every canvas of Celery, run by a real worker whose results are in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from celery import chain, chord, group
from celery.canvas import StampingVisitor  # type: ignore[attr-defined]  # not in celery-types
from celery.exceptions import ChordError, NotRegistered
from celery.result import GroupResult, ResultSet
from django.db import connection, transaction
from djcelery_models.models import TaskMeta

from .clients import SECONDS, Tasks, assert_no_chord_is_left, assert_soon, client_of
from .results import make_results_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from celery import Signature
    from pytest_django import DjangoDbBlocker

    from .conftest import MakeProject
    from .projects import Project

TASKS = """\
from pathlib import Path

from celery import group, shared_task


@shared_task
def add(x, y):
    return x + y


@shared_task
def same(x):
    return x


@shared_task
def total(values):
    return sum(total(value) if isinstance(value, list) else value for value in values)


@shared_task(ignore_result=True)
def quiet(x):
    return x


@shared_task
def fail(*args):
    raise ValueError("no")


@shared_task(bind=True)
def retry(task, x, times):
    if task.request.retries < times:
        raise task.retry(countdown=0)
    return x


@shared_task(bind=True)
def retry_and_replace(task, x, times):
    if task.request.retries < times:
        raise task.retry(countdown=0)
    raise task.replace(retry.s(x, 1))


@shared_task(bind=True)
def replace(task, x):
    raise task.replace(group(add.s(x, number) for number in range(3)))


@shared_task(bind=True)
def add_more(task, x):
    task.add_to_chord(add.s(x, x))
    return x


@shared_task(bind=True)
def send_more(task, x):
    add.delay(x, x)
    return x


@shared_task
def on_error(request, error, traceback, mark):
    with Path(mark).open("a") as file:
        file.write(f"{request.id} {error!r}\\n")
"""


@pytest.fixture(scope="module")
def shared_project(make_shared_project: MakeProject) -> Project:
    """A project with a worker of two processes, whose results are in the database."""
    settings = {"CELERY_RESULT_EXTENDED": True}
    project = make_results_project(make_shared_project, TASKS, settings=settings)
    project.worker("-c", "2", pool="prefork")
    return project


@pytest.fixture
def project(shared_project: Project, django_db_blocker: DjangoDbBlocker) -> Iterator[Project]:
    """The project; the client in this process has its database."""
    with django_db_blocker.unblock(), client_of(shared_project) as known:
        yield known


@pytest.fixture
def tasks(project: Project) -> Tasks:
    return Tasks(project.app)


def numbers(t: Tasks, many: int) -> list[Signature[Any]]:
    """Tasks that return 2, 4, 6 and so on."""
    return [t.add(number, number) for number in range(1, many + 1)]


CANVASES: dict[str, tuple[Callable[[Tasks], Signature[Any]], object]] = {
    "chain": (lambda t: chain(t.add(1, 2), t.add(3), t.add(4)), 10),
    "group": (lambda t: group(numbers(t, 3)), [2, 4, 6]),
    "group of groups": (lambda t: group(group(numbers(t, 2)), group(numbers(t, 2))), [2, 4, 2, 4]),
    "chain of groups": (
        lambda t: chain(
            group(t.same(1), t.same(2)), t.total(), group(t.add(1), t.add(2)), t.total()
        ),
        9,
    ),
    "groups one after the other": (
        lambda t: chain(group(t.same(1), t.same(2)), group(t.total(), t.total()), t.total()),
        6,
    ),
    "chord": (lambda t: chord(numbers(t, 10), t.total()), 110),
    "chord of one part": (lambda t: chord(numbers(t, 1), t.total()), 2),
    "chord of 500 parts": (lambda t: chord(numbers(t, 500), t.total()), 250_500),
    "generator as header": (lambda t: chord((one for one in numbers(t, 3)), t.total()), 12),
    "empty header": (lambda t: chord([], t.total()), 0),
    "group in header": (lambda t: chord([group(numbers(t, 2)), t.same(5)], t.total()), 11),
    "chain in header": (lambda t: chord([chain(t.add(1, 1), t.add(2)), t.same(5)], t.total()), 9),
    "chain with a group in header": (
        lambda t: chord([chain(t.same(1), group(t.add(1), t.add(2))), t.same(5)], t.total()),
        10,
    ),
    "group in chain in chord": (
        lambda t: chord(
            [chain(t.same(1), group(t.add(1), t.add(2)), t.total()), t.same(5)], t.total()
        ),
        10,
    ),
    "group as body": (lambda t: chord(numbers(t, 2), group(t.total(), t.total())), [6, 6]),
    "chain as body": (lambda t: chord(numbers(t, 2), chain(t.total(), t.add(1))), 7),
    "chord as body": (lambda t: chord(numbers(t, 2), chord([t.total()], t.total())), 6),
    "chord in chord": (
        lambda t: chord([chord(numbers(t, 2), t.total()), *numbers(t, 2)], t.total()),
        12,
    ),
    "chord in chord in chord": (
        lambda t: chord([chord([chord(numbers(t, 2), t.total())], t.total())], t.total()),
        6,
    ),
    "part that ignores its result": (lambda t: chord([t.quiet(5), t.same(1)], t.total()), 6),
    "parts that all ignore their results": (lambda t: chord([t.quiet(5)] * 3, t.total()), 15),
    "parts that are retried": (lambda t: chord([t.retry(1, 2), t.retry(2, 1)], t.total()), 3),
    "nested retries": (lambda t: t.retry_and_replace(7, 2), 7),
    "nested retries in chord": (lambda t: chord([t.retry_and_replace(7, 2)], t.total()), 7),
    "retried body": (lambda t: chord([t.same(1)], t.retry(2)), [1]),
    "replaced by a group": (lambda t: t.replace(1), [1, 2, 3]),
    "replaced in chord": (lambda t: chord([t.replace(1), t.same(5)], t.total()), 11),
    "more added to a chord": (lambda t: chord([t.add_more(1), t.same(5)], t.total()), 8),
}


@pytest.mark.parametrize("name", CANVASES)
def test_a_canvas_returns_its_value(project: Project, tasks: Tasks, name: str) -> None:
    build, value = CANVASES[name]

    assert build(tasks).delay().get(timeout=SECONDS) == value
    assert_no_chord_is_left()


FAILING: dict[str, Callable[[Tasks], Signature[Any]]] = {
    "a part": lambda t: chord([t.same(1), t.fail()], t.total()),
    "all parts": lambda t: chord([t.fail(), t.fail()], t.total()),
    "a chain in the header": lambda t: chord([chain(t.fail(), t.same()), t.same(1)], t.total()),
    "an inner chord": lambda t: chord([chord([t.fail()], t.total()), t.same(1)], t.total()),
    "the body of an inner chord": lambda t: chord(
        [chord([t.same(1)], t.fail()), t.same(1)], t.total()
    ),
}


@pytest.mark.parametrize("name", FAILING)
def test_a_chord_with_errors_fails(
    project: Project, tasks: Tasks, name: str, tmp_path: Path
) -> None:
    mark = tmp_path / "errors"
    canvas = FAILING[name](tasks)
    canvas.kwargs["body"].link_error(tasks.on_error(str(mark)))

    result = canvas.delay()

    error = result.get(timeout=SECONDS, propagate=False)
    assert isinstance(error, ChordError)
    assert "no" in str(error)
    assert_soon(lambda: mark.exists() and mark.read_text().startswith(f"{result.id} ChordError("))
    assert_no_chord_is_left()


def test_a_body_that_fails_raises_its_own_error(project: Project, tasks: Tasks) -> None:
    result = chord([tasks.same(1)], tasks.fail()).delay()

    with pytest.raises(ValueError, match="no"):
        result.get(timeout=SECONDS)
    assert_no_chord_is_left()


def test_an_error_is_told_to_who_is_linked(project: Project, tasks: Tasks, tmp_path: Path) -> None:
    mark = tmp_path / "errors"

    result = tasks.fail().apply_async(link_error=tasks.on_error(str(mark)))

    with pytest.raises(ValueError, match="no"):
        result.get(timeout=SECONDS)
    assert_soon(lambda: mark.exists() and mark.read_text() == f"{result.id} ValueError('no')\n")


class OfOneOrder(StampingVisitor):  # type: ignore[misc]  # see above
    def on_signature(self, _signature: Signature[Any], **_headers: Any) -> dict[str, Any]:
        return {"order": "17"}


def test_stamps_are_kept_with_the_result(project: Project, tasks: Tasks) -> None:
    canvas = chord(numbers(tasks, 2), tasks.total())
    canvas.stamp(visitor=OfOneOrder())

    result = canvas.delay()

    assert result.get(timeout=SECONDS) == 6
    parts: Any = result.parent
    for one in (result, *parts.results):
        meta: Any = one._get_task_meta()
        assert meta["order"] == "17"
        assert meta["stamped_headers"] == ["order"]


def test_a_chord_sent_in_a_transaction_fires_once_that_is_committed(
    project: Project, tasks: Tasks
) -> None:
    with transaction.atomic():
        result = chord(numbers(tasks, 2), tasks.total()).delay()
        header: Any = result.parent
        # elsewhere the store of a part waits for the transaction that sends the chord
        is_overtaken = is_ready_elsewhere if connection.vendor == "postgresql" else is_received
        assert_soon(lambda: is_overtaken(project, header))

    assert result.get(timeout=SECONDS) == 6
    assert_no_chord_is_left()


def is_received(project: Project, header: GroupResult) -> bool:
    (worker,) = project.processes
    return all(part.id in worker.output for part in header.results or ())


def is_ready_elsewhere(project: Project, header: GroupResult) -> bool:
    """Whether all parts are seen to be done over another connection."""
    ids = [part.id for part in header.results or ()]
    with client_of(project):
        return TaskMeta.objects.filter(task_id__in=ids, status="SUCCESS").count() == len(ids)


def test_a_group_is_saved_restored_and_forgotten(project: Project, tasks: Tasks) -> None:
    result: Any = group(numbers(tasks, 3)).delay()
    result.save()

    restored: Any = GroupResult.restore(result.id, app=project.app)

    assert restored.get(timeout=SECONDS) == [2, 4, 6]
    restored.forget()
    assert not TaskMeta.objects.filter(task_id__in=[one.id for one in result.results]).exists()
    restored.delete()
    assert GroupResult.restore(result.id, app=project.app) is None


def test_a_set_of_a_thousand_results_is_joined(project: Project, tasks: Tasks) -> None:
    results = [tasks.add(number, 1).delay() for number in range(1_000)]

    values = ResultSet(results, app=project.app).get(timeout=60)

    assert values == list(range(1, 1_001))


def test_a_result_knows_what_its_task_has_sent(project: Project, tasks: Tasks) -> None:
    result = tasks.send_more(4).delay()

    assert result.get(timeout=SECONDS) == 4
    children: Any = result.children
    assert [child.get(timeout=SECONDS) for child in children] == [8]


def test_a_task_that_the_worker_does_not_know_fails_with_its_chord(
    project: Project, tasks: Tasks
) -> None:
    alone = tasks.missing(1).delay()
    result = chord([tasks.missing(2), tasks.same(3)], tasks.total()).delay()

    with pytest.raises(NotRegistered, match="missing"):
        alone.get(timeout=SECONDS)
    with pytest.raises(ChordError, match="never registered"):
        project.app.AsyncResult(result.id).get(timeout=SECONDS)  # without its header
    assert tasks.add(1, 1).delay().get(timeout=SECONDS) == 2


def test_no_task_polls_for_a_chord(project: Project) -> None:
    (worker,) = project.processes

    assert "shop.tasks.total" in worker.output
    assert "celery.chord_unlock" not in worker.output
