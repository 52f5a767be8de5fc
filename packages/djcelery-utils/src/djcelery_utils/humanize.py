"""Dates as people say them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext, ngettext

from .clock import make_aware, now

if TYPE_CHECKING:
    from datetime import datetime, timedelta

SECONDS_PER_MINUTE = 60
SECONDS_PER_HOUR = 3_600
DAYS_PER_WEEK = 7
DAYS_PER_MONTH = 30
DAYS_PER_YEAR = 365


def naturaldate(date: datetime | None, *, include_seconds: bool = False) -> str:
    """How long ago ``date`` was: "just now", "5 minutes ago", "yesterday at 14:02", "2 weeks ago".

    date: naive or aware; None gives an empty string, a time to come gives "just now".
    include_seconds: say "12 seconds ago" in place of "just now".
    """
    if date is None:
        return ""
    current = now()
    moment = _comparable(date, current)
    age = current - moment
    if age.days < 0:
        return gettext("just now")
    if age.days == 0:
        return _within_a_day(age, include_seconds=include_seconds)
    days = (current.date() - moment.date()).days
    if days == 1:
        return gettext("yesterday at %(time)s") % {"time": moment.strftime("%H:%M")}
    return _older(days)


def _comparable(date: datetime, current: datetime) -> datetime:
    try:
        if timezone.is_naive(current):
            return timezone.make_naive(date) if timezone.is_aware(date) else date
        return timezone.localtime(make_aware(date))
    except OverflowError:  # less than a day from either end of the calendar
        return date.replace(tzinfo=current.tzinfo)


def _within_a_day(age: timedelta, *, include_seconds: bool) -> str:
    hours, minutes = age.seconds // SECONDS_PER_HOUR, age.seconds // SECONDS_PER_MINUTE
    if hours:
        return _counted(ngettext("%(count)d hour ago", "%(count)d hours ago", hours), hours)
    if minutes:
        return _counted(ngettext("%(count)d minute ago", "%(count)d minutes ago", minutes), minutes)
    if include_seconds and age.seconds:
        seconds = age.seconds
        return _counted(ngettext("%(count)d second ago", "%(count)d seconds ago", seconds), seconds)
    return gettext("just now")


def _older(days: int) -> str:
    years, months, weeks = days // DAYS_PER_YEAR, days // DAYS_PER_MONTH, days // DAYS_PER_WEEK
    if years:
        return _counted(ngettext("%(count)d year ago", "%(count)d years ago", years), years)
    if months:
        return _counted(ngettext("%(count)d month ago", "%(count)d months ago", months), months)
    if weeks:
        return _counted(ngettext("%(count)d week ago", "%(count)d weeks ago", weeks), weeks)
    return _counted(ngettext("%(count)d day ago", "%(count)d days ago", days), days)


def _counted(text: str, count: int) -> str:
    return text % {"count": count}
