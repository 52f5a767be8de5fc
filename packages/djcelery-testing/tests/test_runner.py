"""The test runners: what they do to tests, and that all is restored afterwards.

The specification's ``djcelery.contrib.test_runner`` and "Cookbook: unit testing", and its change
log: 2.4.0, the runner is a class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.test.utils import setup_test_environment, teardown_test_environment
from djcelery_testing.runner import CeleryTestSuiteRunner, CeleryTestSuiteRunnerStoringResult

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TESTS = """\
from celery import current_app, shared_task
from django.test import SimpleTestCase, tag


@shared_task
def add(x, y):
    return x + y


class FirstTests(SimpleTestCase):
    def test_returns(self):
        result = add.delay(8, 8)
        self.assertEqual(result.get(), 16)
        self.assertTrue(result.successful())

    @tag("raising")
    def test_raises(self):
        with self.assertRaises(TypeError):
            add.delay(2, "3")


class SecondTests(SimpleTestCase):
    @tag("stored")
    def test_is_stored(self):
        result = add.delay(2, 4)
        self.assertEqual(current_app.AsyncResult(result.id).get(), 6)
"""


class InMemory(CeleryTestSuiteRunnerStoringResult):
    result_backend = "cache+memory://"


class Silent(InMemory):
    propagate = False


class Failing(InMemory):
    def setup_databases(self, **_kwargs: Any) -> Any:
        raise ConnectionError("no database")


@pytest.fixture(autouse=True)
def _own_test_environment() -> Iterator[None]:
    """Django has one test environment at a time, and pytest-django has made it."""
    teardown_test_environment()
    yield
    setup_test_environment()


@pytest.fixture
def labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A module of three tests, as ``manage.py test`` takes it."""
    name = f"runner_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(TESTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    return [name]


@pytest.fixture
def unchanged(app: Any) -> Iterator[None]:
    """What settings and app say is the same before and after the test."""
    before = app.backend, vars(settings)["_wrapped"], dict(app.conf.changes)
    yield
    assert (app.backend, vars(settings)["_wrapped"], dict(app.conf.changes)) == before
    assert app.conf.task_always_eager is False


@pytest.mark.usefixtures("unchanged")
def test_every_test_runs_its_tasks_in_place(labels: list[str]) -> None:
    assert InMemory(verbosity=0).run_tests(labels) == 0


@pytest.mark.usefixtures("unchanged")
def test_a_subclass_says_that_errors_are_not_raised(labels: list[str]) -> None:
    assert Silent(verbosity=0).run_tests(labels) == 1
    assert Silent(verbosity=0, exclude_tags=["raising"]).run_tests(labels) == 0


@pytest.mark.usefixtures("unchanged")
def test_the_projects_settings_say_that_errors_are_not_raised(
    labels: list[str], settings: Any
) -> None:
    settings.CELERY_TASK_EAGER_PROPAGATES = False

    assert InMemory(verbosity=0).run_tests(labels) == 1


@pytest.mark.usefixtures("unchanged")
def test_the_order_and_the_choice_of_tests_are_djangos(labels: list[str]) -> None:
    chosen = InMemory(verbosity=0, reverse=True, tags=["raising", "stored"])

    suite: Any = chosen.build_suite(labels)

    assert [test.id().partition(".")[2] for test in suite] == [
        "SecondTests.test_is_stored",
        "FirstTests.test_raises",
    ]
    assert chosen.run_tests(labels) == 0


@pytest.mark.usefixtures("unchanged")
def test_all_is_restored_after_an_error_in_the_set_up_of_the_databases(labels: list[str]) -> None:
    with pytest.raises(ConnectionError):
        Failing(verbosity=0).run_tests(labels)

    teardown_test_environment()  # Django leaves that to the end of the process


@pytest.mark.usefixtures("unchanged")
def test_all_is_restored_after_an_error_in_the_set_up_of_the_environment() -> None:
    setup_test_environment()

    with pytest.raises(RuntimeError):
        CeleryTestSuiteRunner().setup_test_environment()

    teardown_test_environment()


@pytest.mark.usefixtures("unchanged")
def test_set_up_and_tear_down_may_be_called_by_others(app: Any) -> None:
    runner = CeleryTestSuiteRunner()

    runner.setup_test_environment()
    assert app.conf.task_always_eager is True
    runner.teardown_test_environment()

    assert app.conf.task_always_eager is False
