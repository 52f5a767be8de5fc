"""The tests of a project run its tasks in place, by ``manage.py test`` and by pytest.

The specification's ``djcelery.contrib.test_runner`` and "Cookbook: unit testing".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .sources import MANAGE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .conftest import MakeProject
    from .projects import Project, Style

RUNNER = "djcelery.contrib.test_runner.CeleryTestSuiteRunner"
STORING = f"{RUNNER}StoringResult"
SPAWNING = MANAGE.replace("import os", "import multiprocessing\nimport os").replace(
    "    os.", '    multiprocessing.set_start_method("spawn")\n    os.'
)
OF_PROJECT = "from proj.celery import app\n"
"""In the package of the settings: each process makes the app of the project."""
TESTS = """\
import os

from celery import current_app
from django.test import TestCase, tag
from djcelery.models import TaskMeta
from shop.tasks import add


class AddTests(TestCase):
    def test_no_error(self):
        result = add.delay(8, 8)
        self.assertEqual(result.get(), 16)
        self.assertTrue(result.successful())

    def test_raises(self):
        with self.assertRaises(TypeError):
            add.delay(2, None)

    def test_commit(self):
        task = current_app.tasks[add.name]
        with self.captureOnCommitCallbacks(execute=True) as callbacks:
            task.delay_on_commit(2, 3)
        self.assertEqual(len(callbacks), 1)


@tag("stored")
class StoredTests(TestCase):
    def test_is_stored(self):
        result = add.delay(2, 3)
        self.assertEqual(TaskMeta.objects.get(task_id=result.id).result, 5)
        self.assertEqual(add.AsyncResult(result.id).get(), 5)


@tag("told")
class ToldTests(TestCase):
    def test_told(self):
        self.assertEqual(os.environ["TOLD"], "twice")
"""
OWN_RUNNER = """\
import os

from django.test.runner import ParallelTestSuite
from djcelery.contrib.test_runner import CeleryTestSuiteRunnerStoringResult


def tell(name, value):
    os.environ[name] = value


class Suite(ParallelTestSuite):
    process_setup = tell
    process_setup_args = ("TOLD", "twice")


class Runner(CeleryTestSuiteRunnerStoringResult):
    parallel_test_suite = Suite


class Failing(Runner):
    def setup_databases(self, **kwargs):
        raise ConnectionError
"""
AFTER_AN_ERROR = """
import django

django.setup()
from celery import current_app
from django.conf import settings
from shop.runner import Failing

def state():
    conf = current_app.conf
    return conf.task_always_eager, conf.result_backend, type(current_app.backend), settings.DEBUG

before = state()
try:
    Failing(verbosity=0).run_tests([])
except ConnectionError:
    print(state() == before, before[0])
"""
PYTEST = """\
import pytest
from djcelery.models import TaskMeta
from shop.tasks import add

pytestmark = pytest.mark.django_db


@pytest.mark.celery_eager(store_result=True)
def test_marker():
    result = add.delay(2, 3)
    assert TaskMeta.objects.get(task_id=result.id).result == 5


def test_fixture(celery_eager, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        add.delay_on_commit(2, 3)
    assert len(callbacks) == 1
    with pytest.raises(TypeError):
        add.delay(2, None)
"""


@pytest.fixture
def make_tested(make_project: MakeProject) -> Any:
    """Make a project whose broker nobody answers at."""

    def make(style: Style, runner: str, files: Mapping[str, str] | None = None) -> Project:
        settings = {
            "INSTALLED_APPS": ["djcelery", "shop"],
            "TEST_RUNNER": runner,
            "CELERY_BROKER_URL": "amqp://127.0.0.1:1",
            "CELERY_BROKER_TRANSPORT": None,
        }
        tests = {"shop/tests.py": TESTS}
        return make_project(style=style, settings=settings, files=tests | dict(files or {}))

    return make


@pytest.mark.parametrize("style", ["A", "B", "C"])
def test_manage_py_test_runs_tasks_in_place(make_tested: Any, style: Style) -> None:
    printed = make_tested(style, STORING).manage("test", "--exclude-tag", "told")

    assert "Ran 4 tests" in printed
    assert "no issues" in printed


def test_the_options_of_djangos_runner_work(make_tested: Any) -> None:
    project = make_tested("C", RUNNER)
    left_out = ("--exclude-tag", "stored", "--exclude-tag", "told")
    options = ("--noinput", "--parallel", "2", "--reverse", *left_out)

    kept = project.manage("test", *options, "--keepdb")
    destroyed = project.manage("test", *options)

    assert "Preserving test database" in kept
    assert "Destroying test database" in destroyed
    assert "Ran 3 tests" in kept
    assert "Ran 3 tests" in destroyed


def test_a_process_that_is_spawned_runs_tasks_in_place(make_tested: Any) -> None:
    files = {"manage.py": SPAWNING, "conf/__init__.py": OF_PROJECT, "shop/runner.py": OWN_RUNNER}
    project = make_tested("A", "shop.runner.Runner", files)

    printed = project.manage("test", "--parallel", "2")

    assert "Ran 5 tests" in printed


def test_after_an_error_in_set_up_all_is_as_before(make_tested: Any) -> None:
    project = make_tested("B", "shop.runner.Failing", {"shop/runner.py": OWN_RUNNER})

    assert "True False" in project.python(AFTER_AN_ERROR)


def test_pytest_runs_tasks_in_place(make_tested: Any) -> None:
    project = make_tested("C", RUNNER, {"shop/test_tasks.py": PYTEST})

    printed = project.python("import pytest; pytest.main(['-q', 'shop/test_tasks.py'])")

    assert "2 passed" in printed
