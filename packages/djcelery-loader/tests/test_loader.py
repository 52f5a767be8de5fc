"""The duties of Celery's own fixup for Django, done by the loader in each way to use Celery."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from threading import Thread
from typing import TYPE_CHECKING, Any

import django
import pytest
from celery import Celery, Task, _state, current_app, shared_task, signals
from celery.contrib.django.task import DjangoTask
from celery.fixups.django import DjangoFixup
from django.core import checks
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import SystemCheckError
from django.db import connections
from djcelery_loader import duties, install, setup_loader
from djcelery_loader.celeryapp import default_app
from djcelery_loader.loader import DjangoAppLoader, DjangoLoader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_django import Settings


def answer() -> int:
    return 42


class FailingCheck:
    """A system check with an error, while in use."""

    def __enter__(self) -> None:
        checks.register(self)

    def __exit__(self, *_error: object) -> None:
        registered: set[Any] = checks.registry.registry.registered_checks
        registered.remove(self)

    def __call__(self, **_kwargs: Any) -> list[checks.CheckMessage]:
        return [checks.Error("the project is broken", id="tests.E001")]


def in_child(function: Callable[[], bool]) -> bool:
    """What ``function`` answers in a forked process."""
    pid = os.fork()
    if pid == 0:
        code = 2
        try:
            code = 0 if function() else 1
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_modules_in_the_working_directory_can_be_imported(
    style: str, make_app: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)

    assert isinstance(make_app(style).loader, DjangoAppLoader)

    assert sys.path[0] == str(tmp_path)


def test_a_working_directory_that_is_on_the_path_stays_where_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["first", str(tmp_path)])

    duties.put_project_on_path()

    assert sys.path == ["first", str(tmp_path)]


def test_now_is_django_s(app: Any, settings: Settings) -> None:
    settings.USE_TZ = True
    assert app.loader.now().tzinfo is UTC
    assert app.loader.now(utc=True).tzinfo is UTC

    settings.USE_TZ = False
    assert app.loader.now().tzinfo is None
    assert abs((app.loader.now(utc=True) - datetime.now(UTC)).total_seconds()) < 5


def test_tasks_can_be_sent_on_commit(app: Any) -> None:
    task = app.task(answer)

    assert isinstance(task._get_current_object(), DjangoTask)
    assert callable(task.delay_on_commit)


def test_a_shared_task_can_be_sent_on_commit(app: Any) -> None:
    shared: Any = shared_task(name="tests.shared")(answer)

    assert callable(shared.delay_on_commit)


def test_a_task_made_before_the_loader_is_there_can_be_sent_on_commit(
    make_app: Callable[..., Any],
) -> None:
    setup_loader()
    app: Any = _state.get_current_app()
    assert not issubclass(app.Task, DjangoTask)

    task = app.task(answer, lazy=False)

    assert isinstance(task, DjangoTask)


def test_a_task_made_before_install_can_be_sent_on_commit() -> None:
    app: Any = Celery("proj", fixups=[])
    task = app.task(answer, lazy=False)
    assert not isinstance(task, DjangoTask)

    install(app)

    assert isinstance(task, DjangoTask)


def test_a_task_class_that_the_project_has_set_on_its_app_stays() -> None:
    class Mixin:
        def hello(self) -> str:
            return "hello"

    class Own(Mixin, Task[Any, Any]): ...

    app: Any = Celery("proj", fixups=[])
    app.Task = Own
    task = app.task(answer, lazy=False)

    install(app)

    assert task.hello() == "hello"


@pytest.mark.parametrize("style", ["A", "B"])
def test_a_task_class_of_the_project_s_own_stays(style: str, make_app: Callable[..., Any]) -> None:
    app = make_app(style, task_cls="celery.app.task:Task")

    assert not issubclass(app.Task, DjangoTask)


def test_django_is_set_up_before_task_modules_are_imported(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened = []
    monkeypatch.setattr(django, "setup", lambda: happened.append("set up"))

    def receive(**_kwargs: object) -> None:
        happened.append("imported")

    signals.import_modules.connect(receive, sender=app)
    app.loader.import_default_modules()

    assert happened == ["set up", "imported"]


def test_an_error_of_a_system_check_stops_the_worker(app: Any) -> None:
    with FailingCheck(), pytest.raises(SystemCheckError, match="the project is broken"):
        app.loader.import_default_modules()


def test_system_checks_can_be_left_out(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_SKIP_CHECKS", "1")

    with FailingCheck():
        app.loader.import_default_modules()


def test_a_starting_worker_closes_connections(app: Any, connection: Any) -> None:
    app.loader.on_worker_init()

    assert connection.connection is None


def test_a_starting_worker_closes_caches(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []
    monkeypatch.setattr(caches["default"], "close", lambda: closed.append("default"))

    app.loader.on_worker_init()

    assert closed == ["default"]


def test_a_pool_process_forgets_what_its_parent_has_open(app: Any, connection: Any) -> None:
    app.loader.on_worker_init()
    connection.ensure_connection()
    cache = caches["default"]

    def forgets() -> bool:
        app.loader.init_worker_process()
        return connections["own"].connection is None and caches["default"] is not cache

    assert in_child(forgets)
    assert connection.connection is not None


def test_an_embedded_beat_forgets_what_its_parent_has_open(app: Any, connection: Any) -> None:
    app.loader.on_worker_init()
    connection.ensure_connection()

    def forgets() -> bool:
        signals.beat_embedded_init.send(sender=None)
        return connections["own"].connection is None

    assert in_child(forgets)


def test_a_pool_in_the_same_process_forgets_nothing(app: Any, connection: Any) -> None:
    app.loader.on_worker_init()
    connection.ensure_connection()

    app.loader.init_worker_process()
    signals.beat_embedded_init.send(sender=None)

    assert connections["own"] is connection
    assert connection.connection is not None


def test_a_connection_that_broke_is_closed_before_a_task(
    app: Any, connection: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.errors_occurred = True
    monkeypatch.setattr(connection, "is_usable", lambda: False)

    app.loader.on_task_init("id", app.task(answer))

    assert connection.connection is None


def test_an_obsolete_connection_is_closed_after_a_task(
    app: Any, connection: Any, settings: Settings
) -> None:
    settings.DJCELERY_LOADER_CONN_MIN_AGE = 0

    app.loader.on_process_cleanup()

    assert connection.connection is None


def test_a_young_connection_is_kept_after_a_task(app: Any, connection: Any) -> None:
    app.loader.on_process_cleanup()

    assert connection.connection is not None


def test_a_connection_ends_after_as_many_tasks_as_the_project_says(
    app: Any, connection: Any, settings: Settings
) -> None:
    settings.CELERY_DB_REUSE_MAX = 2

    app.loader.on_process_cleanup()
    assert connection.connection is not None
    app.loader.on_process_cleanup()

    assert connection.connection is None


@pytest.mark.django_db  # a connection that another test has left open is in its transaction
def test_caches_are_closed_after_a_task(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []
    monkeypatch.setattr(caches["default"], "close", lambda: closed.append("default"))

    app.loader.on_process_cleanup()

    assert closed == ["default"]


def test_the_connection_of_an_eager_task_s_caller_stays(
    app: Any, connection: Any, settings: Settings
) -> None:
    settings.DJCELERY_LOADER_CONN_MIN_AGE = 0
    connection.close_at = 0

    result = app.task(answer).apply()

    assert result.get() == 42
    assert connection.connection is not None


def test_a_connection_that_is_too_old_is_closed_before_a_task_of_a_worker(
    app: Any, connection: Any, settings: Settings
) -> None:
    settings.DJCELERY_LOADER_CONN_MIN_AGE = 0
    connection.close_at = 0

    app.loader.on_task_init("id", app.task(answer))

    assert connection.connection is None


def test_autodiscovery_looks_in_the_installed_apps_if_nothing_is_said(
    app: Any, installed: Callable[..., None]
) -> None:
    installed("loader_app_jobs", jobs="")

    app.autodiscover_tasks(related_name="jobs")
    app.loader.import_default_modules()

    assert "loader_app_jobs.jobs" in app.loader.task_modules


def test_other_threads_have_the_app_too(app: Any) -> None:
    seen: list[Celery] = []
    thread = Thread(target=lambda: seen.append(_state.get_current_app()))

    thread.start()
    thread.join()

    assert seen == [app]


def test_the_project_s_app_takes_the_place_of_the_default_app(make_app: Callable[..., Any]) -> None:
    make_app("C")

    app = make_app("B")

    assert default_app() is app


def test_an_app_that_is_not_to_be_current_is_no_thread_s(make_app: Callable[..., Any]) -> None:
    first = make_app("B")

    second = make_app("B", set_as_current=False)

    assert default_app() is first is not second


def test_the_first_app_of_a_project_stays_the_default(make_app: Callable[..., Any]) -> None:
    first = make_app("B")

    make_app("B")

    assert default_app() is first


def test_an_old_django_is_refused(
    style: str, make_app: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(django, "VERSION", (5, 1, 9, "final", 0))

    with pytest.raises(ImproperlyConfigured, match=r"needs Django 5\.2 or later"):
        assert make_app(style).loader


class SomeWorker:
    """What sends ``worker_init``: Celery's fixups of other apps leave it alone."""

    def __init__(self, app: Any) -> None:
        self.app = app


def test_a_worker_with_debug_says_so(app: Any, settings: Settings) -> None:
    settings.DEBUG = True
    app.loader.on_worker_init()
    app.loader.on_worker_init()

    with pytest.warns(UserWarning, match="DEBUG = True") as warned:
        signals.worker_init.send(sender=SomeWorker(app))

    assert len(warned) == 1


def test_a_worker_without_debug_says_nothing(app: Any, settings: Settings) -> None:
    settings.DEBUG = False
    app.loader.on_worker_init()

    signals.worker_init.send(sender=SomeWorker(app))


@pytest.mark.parametrize("given", ["the app itself", "the current app"])
def test_installing_takes_the_place_of_celery_s_own_fixup(given: str) -> None:
    app: Any = Celery("proj")
    (fixup,) = app._fixups

    install(app if given == "the app itself" else current_app)

    receivers = signals.import_modules.receivers + signals.worker_init.receivers
    connected = [receiver() for _key, receiver in receivers]
    assert type(app.loader) is DjangoAppLoader
    assert fixup not in app._fixups
    assert fixup.on_import_modules not in connected
    assert fixup.on_worker_init not in connected


def test_installing_twice_changes_nothing(make_app: Callable[..., Any]) -> None:
    app = make_app("A")
    loader, fixups = app.loader, list(app._fixups)

    install(app)

    assert app.loader is loader
    assert app._fixups == fixups


def test_installing_keeps_the_configuration_and_the_modules_of_the_project() -> None:
    app: Any = Celery("proj")
    app.config_from_object({"PROJ_TIMEZONE": "Asia/Tokyo"}, namespace="PROJ")
    app.loader.task_modules.add("proj.jobs")

    install(app)

    assert app.namespace == "PROJ"
    assert app.conf.timezone == "Asia/Tokyo"
    assert app.loader.task_modules == {"proj.jobs"}


def test_installing_refuses_an_app_with_a_loader_of_another_kind() -> None:
    app: Any = Celery("proj", loader="celery.loaders.default:Loader")

    with pytest.raises(ImproperlyConfigured, match=r"default:Loader: derive it from .*AppLoader"):
        install(app)


def test_celery_s_own_fixup_stands_back(app: Any) -> None:
    assert not any(isinstance(fixup, DjangoFixup) for fixup in app._fixups)


def test_the_default_app_and_the_project_s_have_the_loader(make_app: Callable[..., Any]) -> None:
    assert type(make_app("B").loader) is DjangoLoader
    assert type(make_app("C").loader) is DjangoLoader
