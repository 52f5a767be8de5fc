"""``eager_tasks``: tasks run where they are called, and afterwards all is as it was."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from celery import Celery, Task, current_app, shared_task
from celery.result import EagerResult
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import TestCase, override_settings
from djcelery_loader.checks import check_setting_names
from djcelery_models.models import TaskMeta
from djcelery_testing.eager import eager_tasks

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django import Settings

KEYS = (
    "result_backend",
    "task_always_eager",
    "task_eager_propagates",
    "task_store_eager_result",
)


@shared_task
def add(x: Any, y: Any) -> Any:
    return x + y


def one() -> int:
    return 1


def is_stored(task_id: str) -> bool:
    return TaskMeta.objects.filter(task_id=task_id, status="SUCCESS").exists()


def state_of(app: Any) -> tuple[object, ...]:
    """All that ``eager_tasks`` may change."""
    name = "store_eager_result"
    tasks = {task: (vars(task).get(name), getattr(task, name)) for task in app.tasks.values()}
    conf = {key: app.conf[key] for key in KEYS}
    return (
        vars(settings)["_wrapped"],
        conf,
        dict(app.conf.changes),
        tasks,
        app.backend,
        dict(vars(Task)),
    )


def test_a_task_runs_where_it_is_called(app: Any) -> None:
    with eager_tasks():
        result = add.delay(2, 3)

    assert isinstance(result, EagerResult)
    assert result.get() == 5


def test_a_task_raises_where_it_is_called(app: Any) -> None:
    with eager_tasks(), pytest.raises(TypeError):
        add.delay(2, "3")


def test_a_task_does_not_raise_where_told_so(app: Any) -> None:
    with eager_tasks(propagate=False):
        result = add.delay(2, "3")

    assert result.failed()


@pytest.mark.parametrize(
    "name", ["CELERY_TASK_EAGER_PROPAGATES", "CELERY_EAGER_PROPAGATES_EXCEPTIONS"]
)
def test_the_projects_settings_decide_where_nothing_is_said(
    app: Any, settings: Settings, name: str
) -> None:
    setattr(settings, name, False)

    with eager_tasks():
        assert add.delay(2, "3").failed()
    with eager_tasks(propagate=True), pytest.raises(TypeError):
        add.delay(2, "3")


def test_nothing_is_left_behind(app: Any) -> None:
    before = state_of(app)

    with pytest.raises(ZeroDivisionError), eager_tasks(store_result=True, propagate=False):
        _ = 1 / 0

    assert state_of(app) == before


def test_outside_tasks_are_sent(app: Any) -> None:
    with eager_tasks():
        add.delay(2, 3)

    assert not isinstance(add.delay(2, 3), EagerResult)


def test_an_app_that_nobody_has_configured_yet_stays_so(app: Any) -> None:
    with eager_tasks(store_result=True):
        assert not app.configured

    assert not app.configured
    assert app.conf.task_always_eager is False


def test_an_app_that_is_configured_meanwhile_is_restored(app: Any) -> None:
    with eager_tasks():
        assert app.conf.task_always_eager is True

    assert app.conf.task_always_eager is False


def test_an_app_that_is_configured_anew_meanwhile_runs_tasks_in_place(app: Any) -> None:
    with eager_tasks():
        add.delay(2, 3)
        app.config_from_object({"broker_url": "memory://", "task_always_eager": False})

        assert add.delay(2, 3).get() == 5


def test_what_an_app_is_told_by_its_own_code_is_restored(make_app: Callable[..., Any]) -> None:
    app = make_app("celery.py", task_always_eager=False, task_eager_propagates=False)

    with eager_tasks(), pytest.raises(TypeError):
        add.delay(2, "3")

    assert app.conf.changes["task_always_eager"] is False
    assert app.conf.changes["task_eager_propagates"] is False


def test_an_app_that_is_made_meanwhile_runs_tasks_in_place() -> None:
    with eager_tasks():
        app = Celery("late")
        app.config_from_object("django.conf:settings", namespace="CELERY")

        assert add.delay(2, 3).get() == 5


def test_without_an_app_of_the_project_tasks_run_in_place() -> None:
    with eager_tasks():
        assert add.delay(2, 3).get() == 5

    assert current_app.main == "default"


@pytest.mark.parametrize("style", ["celery.py", "loader"])
def test_a_test_can_change_the_setting(make_app: Callable[..., Any], style: str) -> None:
    app = make_app(style)

    with eager_tasks(), override_settings(CELERY_TASK_ALWAYS_EAGER=False):
        assert app.conf.task_always_eager is False


def test_a_setting_that_the_project_has_by_its_old_name_is_no_contradiction(
    settings: Settings,
) -> None:
    settings.CELERY_ALWAYS_EAGER = False

    with eager_tasks():
        assert settings.CELERY_ALWAYS_EAGER is True
        assert not [message for message in check_setting_names() if "ALWAYS_EAGER" in message.msg]


@pytest.mark.django_db
def test_results_are_stored_in_the_database_where_asked_for(app: Any) -> None:
    bound_before = add.name in app.tasks

    with eager_tasks(store_result=True):
        result = add.delay(2, 3)

        assert bound_before
        assert current_app.AsyncResult(result.id).get() == 5
    assert is_stored(result.id)


@pytest.mark.django_db
def test_the_result_of_a_task_that_is_bound_meanwhile_is_stored(app: Any) -> None:
    with eager_tasks(store_result=True):
        late = app.task(one)
        result = late.delay()
    with eager_tasks():
        another = late.delay()

    assert is_stored(result.id)
    assert not is_stored(another.id)


@pytest.mark.django_db
def test_a_task_that_is_bound_meanwhile_learns_what_the_project_says(
    make_app: Callable[..., Any],
) -> None:
    app = make_app("own", task_store_eager_result=True, result_backend="djcelery-database")
    with eager_tasks(store_result=True):
        late = app.task(one)
        late.delay()

    with eager_tasks():
        result = late.delay()

    assert is_stored(result.id)


@pytest.mark.django_db
def test_a_task_that_ignores_its_result_has_none(app: Any) -> None:
    with eager_tasks(store_result=True):
        result = add.apply_async((2, 3), ignore_result=True)

    assert not is_stored(result.id)


@pytest.mark.django_db
def test_results_are_not_stored_where_nobody_asks(app: Any) -> None:
    with eager_tasks():
        result = add.delay(2, 3)

    assert not is_stored(result.id)


def test_results_are_stored_where_told(app: Any) -> None:
    with eager_tasks(store_result=True, result_backend="cache+memory://"):
        result = add.delay(2, 3)

        assert app.AsyncResult(result.id).get() == 5


def test_results_are_stored_where_the_project_stores_them(make_app: Callable[..., Any]) -> None:
    app = make_app("own", result_backend="cache+memory://")

    with eager_tasks(store_result=True, result_backend=None):
        result = add.delay(2, 3)

    assert app.backend.get_result(result.id) == 5


@pytest.mark.django_db
def test_the_environment_does_not_say_where_the_results_of_tests_go(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELERY_RESULT_BACKEND", "rpc://")

    with eager_tasks(store_result=True):
        result = add.delay(2, 3)

    assert is_stored(result.id)


@override_settings(INSTALLED_APPS=["django.contrib.contenttypes"])
def test_without_the_table_of_results_the_error_names_the_app(app: Any) -> None:
    before = state_of(app)

    with pytest.raises(ImproperlyConfigured, match='"djcelery_backends" to INSTALLED_APPS'):
        eager_tasks(store_result=True).enable()

    assert state_of(app) == before


@pytest.mark.django_db
def test_it_may_stand_inside_another(app: Any) -> None:
    with eager_tasks(store_result=True):
        with eager_tasks(propagate=False, store_result=True):
            assert add.delay(2, "3").failed()
        result = add.delay(2, 3)

    assert is_stored(result.id)


def test_it_decorates_functions_and_coroutine_functions(app: Any) -> None:
    @eager_tasks()
    def call() -> Any:
        return add.delay(2, 3).get()

    @eager_tasks()
    async def call_later() -> Any:
        await asyncio.sleep(0)
        return add.delay(2, 3).get()

    assert call() == 5
    assert asyncio.run(call_later()) == 5


@pytest.mark.django_db
@pytest.mark.parametrize("style", ["celery.py", "loader"])
def test_a_task_that_waits_for_the_commit_runs_once_it_is_played(
    make_app: Callable[..., Any], style: str
) -> None:
    task = make_app(style).tasks[add.name]
    with eager_tasks(store_result=True), TestCase.captureOnCommitCallbacks(execute=True):
        task.delay_on_commit(2, 3)
        assert not TaskMeta.objects.exists()

    assert TaskMeta.objects.get().result == 5


@pytest.mark.parametrize("other", [eager_tasks, lambda: override_settings(CELERY_X=1)])
@pytest.mark.parametrize("is_first", [True, False])
def test_it_may_end_before_what_began_later(
    app: Any, other: Callable[[], Any], is_first: bool
) -> None:
    before = state_of(app)[1:]
    pair = [eager_tasks(store_result=True), other()]
    first, second = pair if is_first else reversed(pair)

    first.enable()
    second.enable()
    first.disable()
    second.disable()

    assert state_of(app)[1:] == before
    assert "CELERY_TASK_ALWAYS_EAGER" not in dir(settings)


def test_ending_in_any_order_does_not_pile_up(app: Any) -> None:
    def depth() -> int:
        holder, count = vars(settings)["_wrapped"], 0
        while hasattr(holder, "default_settings"):
            holder, count = holder.default_settings, count + 1
        return count

    before = depth()
    for _ in range(5):
        eager, other = eager_tasks(), override_settings(CELERY_X=1)
        eager.enable()
        other.enable()
        eager.disable()
        other.disable()

    assert depth() <= before + 1


def test_it_lasts_until_the_last_one_ends(app: Any) -> None:
    first, second = eager_tasks(), eager_tasks(propagate=False)
    first.enable()
    second.enable()
    first.disable()
    result = add.delay(2, "3")
    second.disable()

    assert result.failed()
    assert app.conf.task_always_eager is False


def test_one_object_may_be_entered_again_meanwhile(app: Any) -> None:
    before = state_of(app)
    eager = eager_tasks(store_result=True, result_backend="cache+memory://")

    with eager, eager:
        with eager:
            assert add.delay(2, 3).get() == 5
        assert add.delay(2, 3).get() == 5

    assert state_of(app) == before


def test_a_recursive_function_and_coroutines_at_once_may_be_decorated(app: Any) -> None:
    before = state_of(app)

    @eager_tasks()
    def call(depth: int) -> Any:
        return call(depth - 1) if depth else add.delay(2, 3).get()

    @eager_tasks()
    async def call_later(turns: int) -> Any:
        for _ in range(turns):
            await asyncio.sleep(0)
        return add.delay(2, 3).get()

    async def gather() -> Any:
        return await asyncio.gather(call_later(1), call_later(3), call_later(2))

    assert call(3) == 5
    assert asyncio.run(gather()) == [5, 5, 5]
    assert state_of(app) == before


def test_threads_that_overlap_leave_nothing_behind(app: Any) -> None:
    before = state_of(app)[1:]
    barrier = Barrier(4, timeout=30)

    @eager_tasks()
    def call() -> Any:
        barrier.wait()
        return app.conf.task_always_eager

    with ThreadPoolExecutor(4) as pool:
        results = [future.result() for future in [pool.submit(call) for _ in range(4)]]

    assert results == [True] * 4
    assert state_of(app)[1:] == before


def test_a_thread_has_its_result_backend_again_when_another_has_ended_it(app: Any) -> None:
    own, eager = app.backend, eager_tasks(store_result=True, result_backend="cache+memory://")

    eager.enable()
    of_tests = app.backend
    with ThreadPoolExecutor(1) as pool:
        pool.submit(eager.disable).result()

    assert of_tests is not own
    assert app.backend is own


@pytest.mark.parametrize("name", ["CELERY_TASK_ALWAYS_EAGER", "CELERY_ALWAYS_EAGER"])
@pytest.mark.parametrize("in_project", [None, "CELERY_TASK_ALWAYS_EAGER", "CELERY_ALWAYS_EAGER"])
def test_the_name_that_a_test_overrides_counts(
    app: Any, settings: Settings, name: str, in_project: str | None
) -> None:
    if in_project:
        setattr(settings, in_project, False)

    with eager_tasks():
        add.delay(2, 3)
        with override_settings(**{name: False}):
            assert app.conf.task_always_eager is False
        assert app.conf.task_always_eager is True


@pytest.mark.parametrize(
    "name", ["CELERY_TASK_EAGER_PROPAGATES", "CELERY_EAGER_PROPAGATES_EXCEPTIONS"]
)
def test_a_test_can_override_whether_errors_are_raised(app: Any, name: str) -> None:
    with eager_tasks(), override_settings(**{name: False}):
        assert add.delay(2, "3").failed()


def test_of_two_names_that_are_overridden_at_once_the_one_of_today_counts(app: Any) -> None:
    names = {"CELERY_ALWAYS_EAGER": True, "CELERY_TASK_ALWAYS_EAGER": False}

    with eager_tasks(), override_settings(**names):
        assert app.conf.task_always_eager is False


def test_inside_another_errors_are_raised_as_that_one_says(app: Any) -> None:
    with eager_tasks(propagate=False), eager_tasks():
        assert add.delay(2, "3").failed()


def test_a_generator_function_cannot_be_decorated() -> None:
    def generate() -> Any:
        yield

    async def generate_later() -> Any:
        yield

    for function in (generate, generate_later):
        with pytest.raises(TypeError, match=r"generate.* is a generator function"):
            eager_tasks()(function)


def test_without_its_parentheses_the_decorator_says_so() -> None:
    with pytest.raises(TypeError, match=r"@eager_tasks\(\)"):
        eager_tasks(one)


@pytest.mark.parametrize("option", ["propagate", "store_result"])
def test_an_option_that_is_neither_true_nor_false_is_refused(option: str) -> None:
    options: Any = {option: "no"}

    with pytest.raises(TypeError, match=f"{option}.*'no'"):
        eager_tasks(**options)


@pytest.mark.parametrize("backend", ["nowhere", "nowhere://", "celery.nowhere:Backend"])
def test_a_result_backend_that_is_none_is_refused(app: Any, backend: str) -> None:
    before = state_of(app)

    with pytest.raises(ImproperlyConfigured, match=backend.strip(":/")):
        eager_tasks(store_result=True, result_backend=backend).enable()

    assert state_of(app) == before
