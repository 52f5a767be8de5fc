"""``setup_loader()`` in settings.py, in wsgi.py, and after Celery's default app is there."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from celery import Celery, Task, _state, current_app, shared_task
from celery.loaders.app import AppLoader
from djcelery_loader import setup_loader
from djcelery_loader.activation import FIXUP, LOADER
from djcelery_loader.celeryapp import default_app
from djcelery_loader.loader import DjangoLoader

if TYPE_CHECKING:
    from pytest_django import Settings


def nothing() -> None: ...


class Report(Task):  # type: ignore[type-arg]
    name = "tests.report"


def test_importing_the_package_touches_neither_settings_nor_models() -> None:
    code = (
        "import djcelery_loader; from django.conf import settings; from django.apps import apps;"
        "print(settings.configured, apps.ready or apps.loading)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "False False\n"


def test_an_app_made_afterwards_has_the_loader() -> None:
    setup_loader()

    assert isinstance(Celery("proj").loader, DjangoLoader)
    assert os.environ["CELERY_LOADER"] == LOADER


def test_an_app_is_the_default_of_all_threads_from_the_start() -> None:
    setup_loader()

    app = Celery("proj")

    assert default_app() is app


def test_an_app_with_another_loader_is_left_alone() -> None:
    setup_loader()

    app = Celery("proj", loader="celery.loaders.app:AppLoader", set_as_current=False)

    assert type(app.loader) is AppLoader


def test_an_app_that_the_project_has_made_before_is_left_alone() -> None:
    app = Celery("proj")
    loader = app.loader

    setup_loader()

    assert app.loader is loader
    assert default_app() is app


def test_the_default_app_reads_django_s_settings_afterwards(settings: Settings) -> None:
    settings.CELERY_BROKER_URL = "memory://site"
    assert current_app.conf.broker_url != "memory://site"

    setup_loader()

    assert current_app.conf.broker_url == "memory://site"
    assert isinstance(current_app.loader, DjangoLoader)


def test_the_default_app_stays_the_same_object() -> None:
    app = _state.get_current_app()

    setup_loader()

    assert _state.get_current_app() is app


def test_what_the_default_app_had_open_is_made_anew(settings: Settings) -> None:
    settings.CELERY_BROKER_URL = "memory://"
    settings.CELERY_RESULT_BACKEND = "file:///tmp"
    app = _state.get_current_app()
    before = [app.amqp, app.backend, app.pool, app.control, app.thread_oid]

    setup_loader()

    after = [app.amqp, app.backend, app.pool, app.control, app.thread_oid]
    assert not any(new is old for new, old in zip(after, before, strict=True))
    assert app.backend.as_uri() == "file:///tmp"
    assert app.connection_for_write().transport_cls == "memory"


def test_tasks_that_were_bound_are_configured_anew(settings: Settings) -> None:
    settings.CELERY_TASK_ACKS_LATE = True
    task = shared_task(name="tests.bound")(nothing)
    assert not task.acks_late

    setup_loader()

    assert task.acks_late
    assert callable(task.delay_on_commit)


def test_a_task_object_that_was_registered_is_kept() -> None:
    task = current_app.register_task(Report())

    setup_loader()

    assert current_app.tasks["tests.report"] is task


def test_what_code_has_set_on_the_default_app_is_kept() -> None:
    current_app.conf.task_default_queue = "before"
    assert current_app.conf.task_default_queue == "before"
    current_app.conf.task_default_priority = 7

    setup_loader()

    assert current_app.conf.task_default_queue == "before"
    assert current_app.conf.task_default_priority == 7


def test_what_code_is_about_to_set_on_the_default_app_is_kept() -> None:
    current_app.conf.task_default_queue = "before"

    setup_loader()

    assert current_app.conf.task_default_queue == "before"


def test_calling_it_again_changes_nothing() -> None:
    setup_loader()
    conf, loader, fixups = current_app.conf, current_app.loader, set(Celery.builtin_fixups)

    setup_loader()

    assert current_app.conf is conf
    assert current_app.loader is loader
    assert fixups >= {FIXUP}
    assert fixups == Celery.builtin_fixups


def test_what_is_connected_to_the_default_app_is_kept() -> None:
    app = _state.get_current_app()
    finalized = []

    def receive(sender: Celery, **_kwargs: object) -> None:
        finalized.append(sender)

    app.on_after_finalize.connect(receive)
    app.steps["worker"].add("step")
    setup_loader()
    app.finalize()

    assert finalized == [app]
    assert app.steps["worker"] == {"step"}


def test_a_task_of_the_default_app_that_is_not_yet_made_is_kept() -> None:
    app: Any = _state.get_current_app()
    app.task(nothing, shared=False, name="tests.pending")

    setup_loader()

    assert "tests.pending" in app.tasks
