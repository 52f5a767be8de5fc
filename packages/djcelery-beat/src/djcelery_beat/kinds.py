"""The kinds of schedules: what code gives, and the rows that hold them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from celery.schedules import crontab, schedule, solar
from djcelery_models.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    SolarSchedule,
)
from djcelery_models.planning import aware

if TYPE_CHECKING:
    from typing import TypeAlias

    Row: TypeAlias = IntervalSchedule | CrontabSchedule | SolarSchedule | ClockedSchedule

MODELS: Final[dict[str, Any]] = {
    "crontab": CrontabSchedule,
    "solar": SolarSchedule,
    "clocked": ClockedSchedule,
    "interval": IntervalSchedule,
}
TAKEN: Final = "a number of seconds, a timedelta, a schedule, crontab or solar, or a datetime"


def kind_of(given: object) -> str:
    """Which kind ``given`` is: also the name of the entry's field. Raises TypeError."""
    for kind, model in MODELS.items():
        if isinstance(given, model):
            return kind
    if isinstance(given, crontab):
        return "crontab"
    if isinstance(given, solar):
        return "solar"
    if isinstance(given, datetime):
        return "clocked"
    if isinstance(given, schedule | timedelta) or (
        isinstance(given, int | float) and not isinstance(given, bool)
    ):
        return "interval"
    raise TypeError(f"{given!r} is no schedule: give {TAKEN}")


def row_of(given: Any) -> Row:
    """The row of ``given``, made if there is none. Raises TypeError, and ValueError."""
    model = MODELS[kind_of(given)]
    if isinstance(given, model):
        return given  # type: ignore[no-any-return]  # a row already
    source = aware(given) if isinstance(given, datetime) else given
    row: Row = model.from_schedule(source)
    return row


def described(given: Any) -> str:
    """``given`` in one line; two that are due at the same times have the same."""
    kind = kind_of(given)
    if isinstance(given, ClockedSchedule):
        given = given.clocked_time
    elif isinstance(given, IntervalSchedule | CrontabSchedule | SolarSchedule):
        given = given.schedule
    if kind == "clocked":
        moment = aware(given)
        return f"clocked {moment and moment.isoformat()}"
    if kind == "crontab":
        zone = vars(given).get("tz")
        return f"crontab {given}{' ' if zone else ''}{zone or ''}"
    if kind == "solar":
        return f"solar {given.event} {float(given.lat):.6f} {float(given.lon):.6f}"
    every = schedule(given).run_every if not isinstance(given, schedule) else given.run_every  # type: ignore[attr-defined]  # absent from celery-types 0.26
    return f"interval {max(every, timedelta()).total_seconds():.6f} s"
