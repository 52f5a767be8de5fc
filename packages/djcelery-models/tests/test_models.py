"""Importing the models and their documented constants."""

from __future__ import annotations

import subprocess
import sys

from djcelery_models import models

OUTSIDE = """
import django
from django.conf import settings

settings.configure(INSTALLED_APPS=[], DEFAULT_AUTO_FIELD="django.db.models.BigAutoField")
django.setup()
from djcelery_models.models import IntervalSchedule, TaskMeta

print(type(IntervalSchedule._meta.pk).__name__, type(TaskMeta._meta.pk).__name__)
"""


def test_models_can_be_imported_where_their_app_is_not_installed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", OUTSIDE], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["AutoField", "RowNumberField"]


def test_the_documented_constants_are_there() -> None:
    assert models.TASK_STATUS_DONE == "SUCCESS"
    assert {"PENDING", "RETRY", "FAILURE", "SUCCESS"} <= set(models.TASK_STATUSES)
    assert models.TASK_STATUSES_CHOICES[0] == ("PENDING", "PENDING")
    assert [name for name, _label in models.PERIOD_CHOICES][:2] == ["days", "hours"]
