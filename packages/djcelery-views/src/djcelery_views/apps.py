"""The app of djcelery_views."""

from __future__ import annotations

from djcelery_utils.apps import ComponentConfig

from .settings import PREFIX, ViewsSettings


class ViewsConfig(ComponentConfig):
    """JSON views of Celery tasks, and their progress as server-sent events."""

    default = True
    name = "djcelery_views"
    label = "djcelery_views"
    verbose_name = "django-celery views"
    brings = ("djcelery_loader", "djcelery_backends")
    settings_type = ViewsSettings
    settings_prefix = PREFIX
