"""The documented time helpers, which serve sites with ``USE_TZ`` on and off alike."""

from __future__ import annotations

from datetime import datetime, tzinfo

from django.conf import settings
from django.utils import timezone


def now() -> datetime:
    """The current time: aware, in the current time zone; naive local time with ``USE_TZ`` off."""
    current = timezone.now()
    return timezone.localtime(current) if settings.USE_TZ else current


def make_aware(value: datetime) -> datetime:
    """``value`` in the current time zone; unchanged with ``USE_TZ`` off or if it is aware."""
    require_datetime(value)
    if settings.USE_TZ and timezone.is_naive(value):
        return timezone.make_aware(value)
    return value


def make_naive(value: datetime) -> datetime:
    """``value`` as naive time of the current zone; unchanged with ``USE_TZ`` off or if naive."""
    require_datetime(value)
    if settings.USE_TZ and timezone.is_aware(value):
        return in_zone(value, timezone.get_current_timezone()).replace(tzinfo=None)
    return value


def in_zone(value: datetime, zone: tzinfo) -> datetime:
    """``value``, aware, in ``zone``; at either end of the calendar it keeps its hands instead."""
    try:
        return value.astimezone(zone)
    except OverflowError:
        return value.replace(tzinfo=zone)


def require_datetime(value: object) -> None:
    """Raise TypeError unless ``value`` is a datetime; a date is not."""
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} is no datetime")
