"""``EagerTasksMixin``: tasks run in place in a class of tests."""

from __future__ import annotations

import unittest
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from celery import current_app, shared_task
from django.test import SimpleTestCase, TestCase
from djcelery_models.models import TaskMeta
from djcelery_testing.testcases import EagerTasksMixin

if TYPE_CHECKING:
    from collections.abc import Callable


@shared_task
def add(x: Any, y: Any) -> Any:
    return x + y


def run(tests: type[SimpleTestCase]) -> unittest.TestResult:
    """The result of a class of tests, as unittest runs it."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(tests).run(result)
    return result


@pytest.mark.django_db
@pytest.mark.parametrize("style", ["celery.py", "loader"])
def test_tasks_run_in_place_from_the_test_data_on(make_app: Callable[..., Any], style: str) -> None:
    app = make_app(style)

    class Tests(EagerTasksMixin, TestCase):
        store_result = True
        task_id: ClassVar[str]

        @classmethod
        def setUpTestData(cls) -> None:
            cls.task_id = add.delay(2, 3).id

        def test_a_task_of_the_test_data_has_run(self) -> None:
            assert TaskMeta.objects.get(task_id=self.task_id).result == 5

        def test_a_task_that_waits_for_the_commit_runs_once_it_is_played(self) -> None:
            with self.captureOnCommitCallbacks(execute=True):
                app.tasks[add.name].delay_on_commit(2, 4)

            assert [row.result for row in TaskMeta.objects.order_by("pk")] == [5, 6]

    result = run(Tests)

    assert result.testsRun == 2
    assert result.wasSuccessful(), result.errors + result.failures


@pytest.mark.parametrize("propagate", [True, False])
def test_a_class_says_whether_errors_are_raised(app: Any, propagate: bool) -> None:
    class Tests(EagerTasksMixin, SimpleTestCase):
        def test_raises(self) -> None:
            with self.assertRaises(TypeError):
                add.delay(2, "3")

    Tests.propagate = propagate

    assert len(run(Tests).failures) == (0 if propagate else 1)


def test_all_is_restored_after_an_error_in_the_set_up_of_the_class(app: Any) -> None:
    class Tests(EagerTasksMixin, SimpleTestCase):
        @classmethod
        def setUpClass(cls) -> None:
            super().setUpClass()
            raise RuntimeError(current_app.conf.task_always_eager)

        def test_nothing(self) -> None: ...

    result = run(Tests)

    assert "RuntimeError: True" in result.errors[0][1]
    assert app.conf.task_always_eager is False


@pytest.mark.parametrize("base", [unittest.TestCase, SimpleTestCase, TestCase])
def test_the_mixin_stands_before_the_class_of_tests(base: type[unittest.TestCase]) -> None:
    with pytest.raises(TypeError, match=rf"class Tests\(EagerTasksMixin, {base.__name__}\)"):
        type("Tests", (base, EagerTasksMixin), {})


def test_a_class_of_tests_with_the_mixin_can_be_subclassed(app: Any) -> None:
    class Base(EagerTasksMixin, SimpleTestCase):
        def test_runs(self) -> None:
            assert add.delay(2, 3).get() == 5

    class Tests(Base, SimpleTestCase): ...

    assert run(Tests).wasSuccessful()
