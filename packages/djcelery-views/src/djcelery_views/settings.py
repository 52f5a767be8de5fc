"""The settings of the views."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from djcelery_utils.settings import converted, read_settings, until_changed

PREFIX = "DJCELERY_VIEWS_"


def _at_least(least: int, kind: type) -> Any:
    def read(setting: str, value: object) -> Any:
        number = converted(setting, value, kind)
        if number < least:
            raise ImproperlyConfigured(f"{setting} is {value!r}; it must be {least} or more.")
        return number

    return read


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewsSettings:
    """Who sees what, and how much of it at once.

    public_status: whether state, progress and result of a task are shown to whoever knows its id;
    else ``view_taskstate`` is needed. max_events: how many streams of events a process serves at
    once; events_seconds: how long one lasts at most, after which a browser connects again, so that
    places become free and a server can stop; heartbeat_seconds: a stream without news sends a
    comment so often, so that a client that has gone is noticed.
    """

    public_status: bool = False
    max_events: int = field(default=100, metadata={"read": _at_least(0, int)})
    events_seconds: float = field(default=60.0, metadata={"read": _at_least(1, float)})
    heartbeat_seconds: float = field(default=15.0, metadata={"read": _at_least(1, float)})


@until_changed
def get_settings() -> ViewsSettings:
    """The settings as they are now. Raises ImproperlyConfigured if one has a wrong value."""
    return read_settings(ViewsSettings, prefix=PREFIX)
