"""The text of the files of a small Django project, in each way to use Celery with Django."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADER = "# Written by integration_tests/sources.py\n"

MANAGE = """\
import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conf.settings")
    execute_from_command_line(sys.argv)
"""

SETUP_LOADER = """
import djcelery_loader

djcelery_loader.setup_loader()
"""

CELERY_APP = """\
import os

import django
from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conf.settings")
{before}
app = Celery("proj")
app.config_from_object("django.conf:settings", namespace="CELERY")
{after}
app.autodiscover_tasks()
"""

TASKS = """\
from celery import shared_task


@shared_task
def add(x, y):
    return x + y
"""


def project_files(style: str, settings: Mapping[str, Any]) -> dict[str, str]:
    """The project's files by path; ``settings`` are what the settings module assigns."""
    assigned = HEADER + "".join(f"{name} = {value!r}\n" for name, value in settings.items())
    files = {
        "manage.py": MANAGE,
        "conf/__init__.py": "",
        "conf/settings.py": assigned + ("" if style == "A" else SETUP_LOADER),
        "conf/urls.py": "urlpatterns = []\n",
        "shop/__init__.py": "",
        "shop/tasks.py": TASKS,
    }
    return files | celery_files(style)


def celery_files(style: str) -> dict[str, str]:
    """The package ``proj`` with the project's own Celery app; none in style C."""
    if style == "C":
        return {}
    before, after = {
        "A": ("", "\nimport djcelery_loader\n\ndjcelery_loader.install(app)\n"),
        "B": ("django.setup()", ""),
    }[style]
    return {
        "proj/__init__.py": "from .celery import app\n",
        "proj/celery.py": CELERY_APP.format(before=before, after=after),
    }
