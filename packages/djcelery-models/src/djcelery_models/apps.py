"""The app of djcelery_models."""

from __future__ import annotations

from django.core import checks
from djcelery_utils.apps import ComponentConfig


class ModelsConfig(ComponentConfig):
    """Every table of django-celery, under the label and the table names of old."""

    default = True
    name = "djcelery_models"
    label = "djcelery"
    verbose_name = "django-celery"
    brings = ("djcelery_utils",)

    def ready(self) -> None:
        """Connect the system check."""
        from .timezones import check_time_zone  # noqa: PLC0415  # needs Django's registry

        checks.register(check_time_zone, checks.Tags.database)
