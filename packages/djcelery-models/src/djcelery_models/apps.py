"""The app of djcelery_models."""

from __future__ import annotations

from djcelery_utils.apps import ComponentConfig


class ModelsConfig(ComponentConfig):
    """Every table of django-celery, under the label and the table names of old."""

    default = True
    name = "djcelery_models"
    label = "djcelery"
    verbose_name = "django-celery"
    brings = ("djcelery_utils",)
