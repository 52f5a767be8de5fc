"""The app of djcelery_beat."""

from __future__ import annotations

from djcelery_utils.apps import ComponentConfig

from .settings import PREFIX, BeatSettings


class BeatConfig(ComponentConfig):
    """Celery beat with its schedule in the Django database."""

    default = True
    name = "djcelery_beat"
    label = "djcelery_beat"
    verbose_name = "django-celery beat"
    brings = ("djcelery_loader", "djcelery_models")
    settings_type = BeatSettings
    settings_prefix = PREFIX

    def ready(self) -> None:
        """Register the checks."""
        from . import checks  # noqa: F401, PLC0415  # needs Django's registry
