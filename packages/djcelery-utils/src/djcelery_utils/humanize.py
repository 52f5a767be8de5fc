"""Dates as people say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext, ngettext_lazy

from .clock import in_zone, now, require_datetime

if TYPE_CHECKING:
    from datetime import tzinfo

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
CLOCKS_DIFFER = 2 * SECOND
"""What by another machine's clock is still to come by so little has just happened."""
DAYS = {"year": 365, "month": 30, "week": 7, "day": 1}
TIMES = {"hour": timedelta(hours=1), "minute": timedelta(minutes=1), "second": SECOND}

AGO = {
    "year": ngettext_lazy("%(count)d year ago", "%(count)d years ago", "count"),
    "month": ngettext_lazy("%(count)d month ago", "%(count)d months ago", "count"),
    "week": ngettext_lazy("%(count)d week ago", "%(count)d weeks ago", "count"),
    "day": ngettext_lazy("%(count)d day ago", "%(count)d days ago", "count"),
    "hour": ngettext_lazy("%(count)d hour ago", "%(count)d hours ago", "count"),
    "minute": ngettext_lazy("%(count)d minute ago", "%(count)d minutes ago", "count"),
    "second": ngettext_lazy("%(count)d second ago", "%(count)d seconds ago", "count"),
}
AHEAD = {
    "year": ngettext_lazy("in %(count)d year", "in %(count)d years", "count"),
    "month": ngettext_lazy("in %(count)d month", "in %(count)d months", "count"),
    "week": ngettext_lazy("in %(count)d week", "in %(count)d weeks", "count"),
    "day": ngettext_lazy("in %(count)d day", "in %(count)d days", "count"),
    "hour": ngettext_lazy("in %(count)d hour", "in %(count)d hours", "count"),
    "minute": ngettext_lazy("in %(count)d minute", "in %(count)d minutes", "count"),
    "second": ngettext_lazy("in %(count)d second", "in %(count)d seconds", "count"),
}


def naturaldate(
    date: datetime | None,
    include_seconds: bool = False,  # noqa: FBT001, FBT002  # as it has always been called
) -> str:
    """How long ago or how far off ``date`` is: "5 minutes ago", "tomorrow at 14:02", "in 2 weeks".

    Below a day in hours, minutes, "just now" and "in a moment"; from a day on in days of the
    calendar, of the current time zone, or with ``USE_TZ`` off of the site's.

    date: naive or aware; None gives an empty string.
    include_seconds: say "12 seconds ago" and "in 12 seconds" too.
    Raises TypeError if ``date`` is no datetime.
    """
    if date is None:
        return ""
    require_datetime(date)
    zone = timezone.get_current_timezone() if settings.USE_TZ else timezone.get_default_timezone()
    current, moment = _in_zone(now(), zone), _in_zone(date, zone)
    age = current.astimezone(UTC) - moment  # within one zone Python would compare the clocks' hands
    is_past = age >= -CLOCKS_DIFFER
    # what is to come is rounded up: it was computed a moment before it is said
    distance = max(age, timedelta()) if is_past else ceil(-age / SECOND) * SECOND
    days = abs((current.date() - moment.date()).days) if distance >= DAY else 0
    if days == 1:
        text = gettext("yesterday at %(time)s") if is_past else gettext("tomorrow at %(time)s")
        return text % {"time": f"{moment:%H:%M}"}
    amount = _amount(distance, days, include_seconds=include_seconds)
    if amount is None:
        return gettext("just now") if is_past else gettext("in a moment")
    unit, count = amount
    return (AGO if is_past else AHEAD)[unit] % {"count": count}


def _in_zone(date: datetime, zone: tzinfo) -> datetime:
    if timezone.is_naive(date):
        return date.replace(tzinfo=zone)
    return in_zone(date, zone)


def _amount(distance: timedelta, days: int, *, include_seconds: bool) -> tuple[str, int] | None:
    """The largest unit that is full, and how many of it; None if it is too short to be counted."""
    for unit, length in DAYS.items():
        if days >= length:
            return unit, days // length
    for unit, duration in TIMES.items():
        if distance >= duration and (include_seconds or unit != "second"):
            return unit, distance // duration
    return None
