"""Every model of django-celery, and the constants documented beside them."""

from .beatprocess import BeatProcess
from .chordmeta import ChordMeta, ChordPart
from .clockedschedule import ClockedSchedule
from .crontabschedule import CrontabSchedule
from .intervalschedule import IntervalSchedule
from .misfire import Misfire
from .overlap import Overlap
from .periodictask import PeriodicTask
from .periodictaskmeta import PeriodicTaskMeta
from .periodictaskrun import Outcome, PeriodicTaskRun
from .periodictasks import PeriodicTasks
from .solarschedule import SolarSchedule
from .states import (
    HEARTBEAT_EXPIRE,
    PERIOD_CHOICES,
    TASK_STATE_CHOICES,
    TASK_STATUS_DONE,
    TASK_STATUS_FAILURE,
    TASK_STATUS_PENDING,
    TASK_STATUS_RETRY,
    TASK_STATUSES,
    TASK_STATUSES_CHOICES,
)
from .taskmeta import TaskMeta
from .tasksetmeta import TaskSetMeta
from .taskstate import TaskState
from .workerstate import WorkerState

__all__ = [
    "HEARTBEAT_EXPIRE",
    "PERIOD_CHOICES",
    "TASK_STATE_CHOICES",
    "TASK_STATUSES",
    "TASK_STATUSES_CHOICES",
    "TASK_STATUS_DONE",
    "TASK_STATUS_FAILURE",
    "TASK_STATUS_PENDING",
    "TASK_STATUS_RETRY",
    "BeatProcess",
    "ChordMeta",
    "ChordPart",
    "ClockedSchedule",
    "CrontabSchedule",
    "IntervalSchedule",
    "Misfire",
    "Outcome",
    "Overlap",
    "PeriodicTask",
    "PeriodicTaskMeta",
    "PeriodicTaskRun",
    "PeriodicTasks",
    "SolarSchedule",
    "TaskMeta",
    "TaskSetMeta",
    "TaskState",
    "WorkerState",
]
