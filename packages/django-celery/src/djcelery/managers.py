"""The documented managers and their helpers, handed on from ``djcelery_models``."""

from djcelery_utils.components import required

with required("djcelery-models"):
    from djcelery_models.entryquerysets import PeriodicTaskManager
    from djcelery_models.querysets import ExtendedManager, ExtendedQuerySet
    from djcelery_models.taskmanagers import ResultManager, TaskManager, TaskSetManager
    from djcelery_models.taskstate import TaskStateManager
    from djcelery_models.transactions import (
        TxIsolationWarning,
        transaction_retry,
        update_model_with_dict,
    )

__all__ = [
    "ExtendedManager",
    "ExtendedQuerySet",
    "PeriodicTaskManager",
    "ResultManager",
    "TaskManager",
    "TaskSetManager",
    "TaskStateManager",
    "TxIsolationWarning",
    "transaction_retry",
    "update_model_with_dict",
]
