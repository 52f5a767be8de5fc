"""The documented views, handed on from ``djcelery_views``."""

from djcelery_utils.components import required

with required("djcelery-views"):
    from djcelery_views.views import (
        apply,
        is_task_successful,
        registered_tasks,
        task_events,
        task_status,
        task_view,
        task_webhook,
    )

__all__ = [
    "apply",
    "is_task_successful",
    "registered_tasks",
    "task_events",
    "task_status",
    "task_view",
    "task_webhook",
]
