"""What a change of the clocks did to a run of a crontab."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from .crontabtimes import CrontabTimes


class ClockChange(StrEnum):
    """Why a run is not at a time that the crontab names, or is at one that comes twice."""

    MOVED = "moved"
    FIRST_OF_TWO = "first of two"
    SECOND_OF_TWO = "second of two"


def clock_change(times: CrontabTimes, due: datetime) -> ClockChange | None:
    """What happened to the run that is due at ``due``; None: nothing.

    MOVED: clocks skip its time, so it is due when they go on.
    """
    local = due.astimezone(times.zone)
    if not times.names(local):
        return ClockChange.MOVED
    if local.replace(fold=1 - local.fold).utcoffset() == local.utcoffset():
        return None
    return ClockChange.SECOND_OF_TWO if local.fold else ClockChange.FIRST_OF_TWO
