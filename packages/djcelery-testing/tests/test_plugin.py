"""The marker and the fixture of pytest, in a run of pytest of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest import Pytester  # noqa: PT013  # for the annotations

pytest_plugins = ["pytester"]

WITHOUT_DJANGO = ("-p", "no:django", "-p", "no:celery", "-p", "no:cacheprovider")
SETTINGS = """\
SECRET_KEY = "tests"
INSTALLED_APPS = ["django.contrib.contenttypes", "djcelery_backends"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
CELERY_BROKER_URL = "memory://"
"""
TASKS = """\
from celery import Celery

app = Celery("proj")
app.config_from_object("django.conf:settings", namespace="CELERY")


@app.task
def add(x, y):
    return x + y
"""
TESTS = """\
import unittest

import pytest
from celery.result import EagerResult
from django.test import TestCase
from djcelery_models.models import TaskMeta
from tasks import add


@pytest.fixture
def sent():
    return add.delay(2, 3)


@pytest.mark.celery_eager
def test_marker(sent):
    assert sent.get() == 5
    with pytest.raises(TypeError):
        add.delay(2, "3")


def test_fixture(celery_eager):
    assert add.delay(2, 3).get() == 5


@pytest.mark.celery_eager(propagate=False)
def test_errors_are_not_raised(celery_eager):
    assert add.delay(2, "3").failed()


def test_neither(sent):
    assert not isinstance(sent, EagerResult)


@pytest.mark.django_db
@pytest.mark.celery_eager(store_result=True)
def test_result(sent):
    assert TaskMeta.objects.get(task_id=sent.id).result == 5


@pytest.mark.celery_eager(store_result=True, result_backend="cache+memory://")
class Tests(unittest.TestCase):
    def test_result_in_memory(self):
        result = add.delay(2, 3)
        assert add.AsyncResult(result.id).get() == 5


class Sets:
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.of_class = add.delay(2, 3)

    def test_of_class(self):
        assert isinstance(self.of_class, EagerResult) == self.is_eager
        assert isinstance(add.delay(2, 3), EagerResult) == self.is_eager


@pytest.mark.celery_eager
class MarkedTests(Sets, unittest.TestCase):
    is_eager = True


class UnmarkedTests(Sets, unittest.TestCase):
    is_eager = False


@pytest.mark.celery_eager(store_result=True)
class DataTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.task_id = add.delay(2, 3).id

    def test_of_test_data(self):
        assert TaskMeta.objects.get(task_id=self.task_id).result == 5


@pytest.mark.celery_eager(propagates=True)
def test_no_such_option():
    pass
"""

IN_ANY_ORDER = """\
import pytest
from celery.result import EagerResult
from tasks import add


def test_settings_first(settings, celery_eager):
    settings.LANGUAGE_CODE = "de"
    assert add.delay(2, 3).get() == 5


@pytest.mark.celery_eager
def test_marker(settings):
    settings.LANGUAGE_CODE = "de"
    assert add.delay(2, 3).get() == 5


def test_settings_last(celery_eager, settings):
    settings.LANGUAGE_CODE = "de"
    assert add.delay(2, 3).get() == 5


def test_old_name(settings, celery_eager):
    settings.CELERY_ALWAYS_EAGER = False
    assert not isinstance(add.delay(2, 3), EagerResult)


def test_afterwards(settings):
    assert settings.LANGUAGE_CODE == "en-us"
    assert not isinstance(add.delay(2, 3), EagerResult)
"""
WITHOUT_PLUGIN = """\
import os

import django
import pytest

os.environ["DJANGO_SETTINGS_MODULE"] = "proj_settings"
django.setup()

from tasks import add


@pytest.mark.celery_eager
def test_marker():
    assert add.delay(2, 3).get() == 5
"""


@pytest.fixture
def project(pytester: Pytester) -> Pytester:
    pytester.makepyfile(proj_settings=SETTINGS, tasks=TASKS, test_tasks=TESTS)
    pytester.makeini("[pytest]\naddopts = --strict-markers -p no:cacheprovider\npythonpath = .")
    return pytester


def test_tasks_run_in_place_where_marker_or_fixture_say_so(project: Pytester) -> None:
    result = project.runpytest_subprocess("--ds=proj_settings", "-W", "error")

    result.assert_outcomes(passed=9, errors=1)
    result.stdout.fnmatch_lines(
        ["*TypeError: @pytest.mark.celery_eager: *unexpected keyword argument 'propagates'*"]
    )


def test_the_order_of_fixtures_does_not_matter(project: Pytester) -> None:
    file = project.makepyfile(test_order=IN_ANY_ORDER)

    result = project.runpytest_subprocess("--ds=proj_settings", "-W", "error", file)

    result.assert_outcomes(passed=5)


def test_the_marker_needs_no_plugin_for_django(project: Pytester) -> None:
    alone = project.makepyfile(test_alone=WITHOUT_PLUGIN)

    result = project.runpytest_subprocess(alone, *WITHOUT_DJANGO, "-W", "error")

    result.assert_outcomes(passed=1)


def test_the_marker_is_registered(project: Pytester) -> None:
    result = project.runpytest_subprocess("--markers", *WITHOUT_DJANGO)

    result.stdout.fnmatch_lines(["@pytest.mark.celery_eager(propagate=None, *"])


def test_a_run_without_django_imports_neither_django_nor_celery(pytester: Pytester) -> None:
    pytester.makepyfile("""
        import sys

        def test_imports():
            names = {name.partition(".")[0] for name in sys.modules}
            assert "djcelery_testing" in names
            assert not names & {"django", "celery", "kombu"}
    """)

    result = pytester.runpytest_subprocess(*WITHOUT_DJANGO, "-W", "error")

    result.assert_outcomes(passed=1)
