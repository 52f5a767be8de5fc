"""The documented models, handed on from ``djcelery_models``."""

from djcelery_utils.components import required

with required("djcelery-models"):
    from djcelery_models.models import (
        ClockedSchedule,
        CrontabSchedule,
        IntervalSchedule,
        PeriodicTask,
        PeriodicTaskRun,
        PeriodicTasks,
        SolarSchedule,
        TaskMeta,
        TaskSetMeta,
        TaskState,
        WorkerState,
    )
    from djcelery_models.periodictaskmeta import PeriodicTaskMeta
    from djcelery_models.states import (
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
    "ClockedSchedule",
    "CrontabSchedule",
    "IntervalSchedule",
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
