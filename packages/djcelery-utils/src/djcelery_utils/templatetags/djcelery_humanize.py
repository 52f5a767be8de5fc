"""``{% load djcelery_humanize %}``: dates as people say them, in templates."""

from __future__ import annotations

from datetime import datetime

from django import template

from djcelery_utils import humanize

register = template.Library()


@register.filter
def naturaldate(value: object) -> object:
    """``{{ task.date_done|naturaldate }}``: "5 minutes ago"; what is no datetime stays as it is."""
    if value is None or isinstance(value, datetime):
        return humanize.naturaldate(value)
    return value
