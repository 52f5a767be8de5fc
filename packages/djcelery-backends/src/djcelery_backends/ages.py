"""How long results are kept, as Celery's settings say it."""

from __future__ import annotations

from datetime import timedelta
from math import inf
from typing import TYPE_CHECKING, Final

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from celery import Celery

SETTINGS: Final = ("result_expires", "result_chord_expires", "result_failure_expires")


def check_ages(app: Celery) -> None:
    """Raise ImproperlyConfigured if a setting of ``app`` is no age, by its name and value."""
    for name in SETTINGS:
        value = getattr(app.conf, name)
        if not is_age(value):
            raise ImproperlyConfigured(
                f"CELERY_{name.upper()} is {value!r}; it must be a number of seconds or a "
                f"timedelta, or None or 0 to keep results for ever."
            )


def is_age(value: object) -> bool:
    """Whether ``value`` is None, or seconds or a timedelta that are not negative."""
    if isinstance(value, timedelta):
        return value >= timedelta()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value is None
    return 0 <= value < inf
