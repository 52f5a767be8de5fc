"""System check: entries, schedules, ledger and beats are in one database."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.db import router
from djcelery_models.models import (
    BeatProcess,
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    PeriodicTaskRun,
    SolarSchedule,
)

MODELS = (
    PeriodicTask,
    IntervalSchedule,
    CrontabSchedule,
    SolarSchedule,
    ClockedSchedule,
    PeriodicTaskRun,
    BeatProcess,
)


@checks.register("djcelery")
def check_routing(**_kwargs: Any) -> list[checks.CheckMessage]:
    """E001 a router sends the models of the schedule to several databases."""
    written = {model.__name__: router.db_for_write(model) for model in MODELS}
    if len(set(written.values())) == 1:
        return []
    told = ", ".join(f"{name} to {alias!r}" for name, alias in written.items())
    return [
        checks.Error(
            f"The schedule of beat is written to several databases: {told}.",
            hint="Let db_for_write() of your DATABASE_ROUTERS give one alias for all of them.",
            id="djcelery_beat.E001",
        )
    ]
