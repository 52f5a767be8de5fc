"""The app of djcelery_models."""

from __future__ import annotations

from django.core import checks
from django.db.models.signals import post_delete, post_save
from djcelery_utils.apps import ComponentConfig


class ModelsConfig(ComponentConfig):
    """Every table of django-celery, under the label and the table names of old."""

    default = True
    name = "djcelery_models"
    label = "djcelery"
    verbose_name = "django-celery"
    brings = ("djcelery_utils",)

    def ready(self) -> None:
        """Notice every edit of the schedule, and connect the system check."""
        from .models import (  # noqa: PLC0415  # needs Django's registry
            CrontabSchedule,
            IntervalSchedule,
            PeriodicTask,
            PeriodicTasks,
        )
        from .timezones import check_time_zone  # noqa: PLC0415  # needs Django's registry

        for signal in (post_save, post_delete):
            for model in (PeriodicTask, IntervalSchedule, CrontabSchedule):
                signal.connect(
                    PeriodicTasks.changed, sender=model, dispatch_uid="djcelery_models.changed"
                )
        checks.register(check_time_zone, checks.Tags.database)
