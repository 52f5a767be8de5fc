"""The tests of a project run its tasks in place, by ``manage.py test`` and by pytest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import MakeProject
    from .projects import Style

NO_BROKER = "redis://127.0.0.1:1"
TESTS = """\
from unittest import skip

from celery import current_app
from django.test import TestCase, tag
from shop.tasks import add


class AddTests(TestCase):
    def test_returns(self):
        result = add.delay(2, 3)
        self.assertEqual(result.get(), 5)
        self.assertTrue(result.successful())

    def test_raises(self):
        with self.assertRaises(TypeError):
            add.delay(2, None)
"""


@pytest.mark.parametrize("style", ["A", "B", "C"])
def test_manage_py_test_runs_tasks_in_place(make_project: MakeProject, style: Style) -> None:
    settings = {
        "INSTALLED_APPS": ["djcelery", "shop"],
        "TEST_RUNNER": "djcelery.contrib.test_runner.CeleryTestSuiteRunner",
        "CELERY_BROKER_URL": NO_BROKER,
        "CELERY_BROKER_TRANSPORT": None,
    }
    project = make_project(style=style, settings=settings, files={"shop/tests.py": TESTS})

    printed = project.manage("test")

    assert "Ran 2 tests" in printed
