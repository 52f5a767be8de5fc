"""System check: the loader's setting that has a name of Celery's has a value that it takes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from .settings import REUSE_MAX, reuse_max


@checks.register("djcelery")
def check_reuse_max(**_kwargs: Any) -> list[checks.CheckMessage]:
    """E002 ``CELERY_DB_REUSE_MAX`` is not a number of tasks."""
    try:
        reuse_max(getattr(settings, REUSE_MAX, None))
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="djcelery_loader.E002")]
    return []
