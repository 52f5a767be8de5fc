"""What a process does for Django once: its path, its apps and checks, a word about ``DEBUG``."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand

MINIMUM_DJANGO = (5, 2)


def require_django() -> None:
    """Raise ImproperlyConfigured if Django is too old for this package."""
    if django.VERSION < MINIMUM_DJANGO:
        raise ImproperlyConfigured(
            f"djcelery-loader needs Django {'.'.join(map(str, MINIMUM_DJANGO))} or later; "
            f"this is {django.get_version()}."
        )


def put_project_on_path() -> None:
    """Let the modules in the working directory be imported, as Celery's own programs do."""
    folder = os.getcwd()  # noqa: PTH109  # sys.path holds strings
    if folder not in sys.path:
        sys.path.insert(0, folder)


def set_up_django() -> None:
    """Load the installed apps and run the system checks, as Django's own commands do.

    Warnings are printed, an error is raised. ``CELERY_SKIP_CHECKS`` in the environment leaves the
    checks out.
    """
    django.setup()
    if not os.environ.get("CELERY_SKIP_CHECKS"):
        BaseCommand().check()


def warn_about_debug(**_kwargs: Any) -> None:
    """Receiver of ``worker_init``, which each worker sends once, before it forks."""
    if settings.DEBUG:
        warnings.warn(
            "This worker runs with DEBUG = True: each of its processes keeps the queries of its "
            "tasks in memory. Set DEBUG = False where tasks are to run for long.",
            stacklevel=2,
        )
