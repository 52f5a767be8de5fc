"""The documented time helpers, which serve sites with ``USE_TZ`` on and off alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

if TYPE_CHECKING:
    from datetime import datetime


def now() -> datetime:
    """The current time: aware, in the current time zone; naive local time with ``USE_TZ`` off."""
    current = timezone.now()
    return timezone.localtime(current) if settings.USE_TZ else current


def make_aware(value: datetime) -> datetime:
    """``value`` in the current time zone; unchanged with ``USE_TZ`` off or if it is aware."""
    if settings.USE_TZ and timezone.is_naive(value):
        return timezone.make_aware(value)
    return value


def make_naive(value: datetime) -> datetime:
    """``value`` as naive time of the current zone; unchanged with ``USE_TZ`` off or if naive."""
    if settings.USE_TZ and timezone.is_aware(value):
        return timezone.make_naive(value)
    return value
