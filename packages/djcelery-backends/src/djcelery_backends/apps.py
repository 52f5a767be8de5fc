"""The app of djcelery_backends."""

from __future__ import annotations

from djcelery_utils.apps import ComponentConfig


class BackendsConfig(ComponentConfig):
    """Result backends on the Django ORM and on Django's cache framework."""

    default = True
    name = "djcelery_backends"
    label = "djcelery_backends"
    verbose_name = "django-celery result backends"
    brings = ("djcelery_models",)
