"""The app of djcelery_loader."""

from __future__ import annotations

from djcelery_utils.apps import ComponentConfig

from .settings import PREFIX, LoaderSettings


class LoaderConfig(ComponentConfig):
    """The loader and its commands; does nothing until ``setup_loader()`` or a command is called."""

    default = True
    name = "djcelery_loader"
    label = "djcelery_loader"
    verbose_name = "django-celery loader"
    brings = ("djcelery_utils",)
    settings_type = LoaderSettings
    settings_prefix = PREFIX

    def ready(self) -> None:
        from . import (  # noqa: PLC0415  # they register their checks
            app_check,  # noqa: F401
            checks,  # noqa: F401
            result_backend,  # noqa: F401
            settings_check,  # noqa: F401
        )
