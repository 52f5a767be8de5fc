"""Every documented name, at its documented path."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec

import djcelery
import pytest
from celery import Celery

NAMES = {
    "djcelery": ["setup_loader", "celery", "APPS"],
    "djcelery.app": ["app"],
    "djcelery.loaders": ["DjangoLoader", "autodiscover", "find_related_module"],
    "djcelery.models": [
        "TaskMeta",
        "TaskSetMeta",
        "PeriodicTaskMeta",
        "TASK_STATUS_PENDING",
        "TASK_STATUS_RETRY",
        "TASK_STATUS_FAILURE",
        "TASK_STATUS_DONE",
        "TASK_STATUSES",
        "TASK_STATUSES_CHOICES",
        "TASK_STATE_CHOICES",
        "PERIOD_CHOICES",
        "HEARTBEAT_EXPIRE",
        "IntervalSchedule",
        "CrontabSchedule",
        "PeriodicTask",
        "PeriodicTasks",
        "WorkerState",
        "TaskState",
    ],
    "djcelery.managers": [
        "TxIsolationWarning",
        "transaction_retry",
        "update_model_with_dict",
        "ExtendedQuerySet",
        "ExtendedManager",
        "ResultManager",
        "PeriodicTaskManager",
        "TaskManager",
        "TaskSetManager",
        "TaskStateManager",
    ],
    "djcelery.backends.database": ["DatabaseBackend"],
    "djcelery.backends.cache": ["CacheBackend"],
    "djcelery.schedulers": ["DatabaseScheduler", "ModelEntry"],
    "djcelery.humanize": ["naturaldate"],
    "djcelery.utils": ["now", "make_aware", "make_naive", "DATABASE_ERRORS"],
    "djcelery.contrib.test_runner": [
        "CeleryTestSuiteRunner",
        "CeleryTestSuiteRunnerStoringResult",
    ],
    "djcelery.picklefield": ["PickledObjectField"],
    "djcelery.views": [
        "task_view",
        "apply",
        "is_task_successful",
        "task_status",
        "registered_tasks",
        "task_webhook",
    ],
    "djcelery.urls": ["urlpatterns"],
}
EXTRAS = {
    "djcelery.schedulers": "djcelery_beat",
    "djcelery.contrib.test_runner": "djcelery_testing",
}
COMPONENTS = {
    "djcelery.loaders": "djcelery-loader",
    "djcelery.models": "djcelery-models",
    "djcelery.managers": "djcelery-models",
    "djcelery.backends.database": "djcelery-backends",
    "djcelery.backends.cache": "djcelery-backends",
    "djcelery.schedulers": "djcelery-beat",
    "djcelery.contrib.test_runner": "djcelery-testing",
    "djcelery.urls": "djcelery-views",
    "djcelery.views": "djcelery-views",
}


HERE = [module for module in NAMES if module not in EXTRAS or find_spec(EXTRAS[module])]


@pytest.mark.parametrize(("module", "name"), [(m, n) for m in HERE for n in NAMES[m]])
def test_a_documented_name_is_at_its_path(module: str, name: str) -> None:
    assert hasattr(import_module(module), name)


@pytest.mark.parametrize(("module", "distribution"), COMPONENTS.items())
def test_a_name_whose_component_is_absent_says_which_pip_install_brings_it(
    module: str, distribution: str
) -> None:
    package = distribution.replace("-", "_")
    source = f"import sys; sys.modules[{package!r}] = None; import {module}"

    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=False
    )

    assert f"ModuleNotFoundError: {package}" in done.stderr
    assert f"pip install {distribution}" in done.stderr


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'celry'"):
        djcelery.celry  # noqa: B018


def test_the_app_is_the_projects_own_where_it_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from djcelery.app import app

    project = Celery("project", set_as_current=False)
    monkeypatch.setattr("celery._state._tls.current_app", project)

    assert app.main == "project"
    assert djcelery.celery.main == "project"


def test_setup_loader_names_a_loader_that_celerys_own_fixup_stands_back_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CELERY_LOADER", "")

    djcelery.setup_loader()

    assert "django" in os.environ["CELERY_LOADER"].lower()


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("TASK_STATUS_PENDING", "PENDING"),
        ("TASK_STATUS_RETRY", "RETRY"),
        ("TASK_STATUS_FAILURE", "FAILURE"),
        ("TASK_STATUS_DONE", "SUCCESS"),
    ],
)
def test_a_documented_status_is_celerys_state(name: str, state: str) -> None:
    from djcelery import models

    assert getattr(models, name) == state
    assert state in models.TASK_STATUSES


@pytest.mark.parametrize(
    ("choices", "field"),
    [
        ("TASK_STATUSES_CHOICES", "TaskMeta.status"),
        ("TASK_STATE_CHOICES", "TaskState.state"),
        ("PERIOD_CHOICES", "IntervalSchedule.period"),
    ],
)
def test_documented_choices_are_those_of_a_field(choices: str, field: str) -> None:
    from djcelery import models

    model, _, name = field.partition(".")

    offered = getattr(models, model)._meta.get_field(name).choices
    assert list(offered) == list(getattr(models, choices))


def test_a_worker_is_gone_heartbeat_expire_seconds_after_its_last_heartbeat() -> None:
    from djcelery.models import HEARTBEAT_EXPIRE, WorkerState
    from djcelery.utils import now

    for age, is_alive in ((HEARTBEAT_EXPIRE - 10, True), (HEARTBEAT_EXPIRE + 10, False)):
        worker = WorkerState(hostname="w", last_heartbeat=now() - timedelta(seconds=age))

        assert worker.is_alive() is is_alive


def test_task_model_and_task_set_model_are_the_documented_models() -> None:
    from djcelery.backends.database import DatabaseBackend
    from djcelery.models import TaskMeta, TaskSetMeta

    assert DatabaseBackend.TaskModel is TaskMeta
    assert DatabaseBackend.TaskSetModel is TaskSetMeta


@pytest.mark.parametrize(
    ("model", "manager"),
    [
        ("TaskMeta", "TaskManager"),
        ("TaskSetMeta", "TaskSetManager"),
        ("TaskState", "TaskStateManager"),
        ("PeriodicTask", "PeriodicTaskManager"),
    ],
)
def test_each_model_has_its_documented_manager(model: str, manager: str) -> None:
    from djcelery import managers, models

    objects = getattr(models, model).objects
    assert type(objects) is getattr(managers, manager)
    assert isinstance(objects, managers.ExtendedManager)
    assert isinstance(objects.all(), managers.ExtendedQuerySet)
