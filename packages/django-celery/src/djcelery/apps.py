"""The one-line app: ``"djcelery"`` in ``INSTALLED_APPS`` brings every component that is installed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from djcelery_utils.apps import ComponentConfig

from . import APPS


class DjceleryConfig(ComponentConfig):
    """An app without models of its own; the label ``djcelery`` is that of ``djcelery_models``."""

    default = True
    name = "djcelery"
    label = "djcelery_facade"
    verbose_name = "django-celery"

    def components(self) -> tuple[str, ...]:
        """What ``DJCELERY_COMPONENTS`` lists; every component when it is not set."""
        chosen = getattr(settings, "DJCELERY_COMPONENTS", APPS)
        unknown = [name for name in chosen if name not in APPS]
        if isinstance(chosen, str) or unknown:
            raise ImproperlyConfigured(
                f"DJCELERY_COMPONENTS is {chosen!r}; it must be a list of {', '.join(APPS)}."
            )
        return tuple(chosen)

    def import_models(self) -> None:
        """Leave ``djcelery.models`` alone: it hands on the models of another app."""
        self.models: Any = self.apps.all_models[self.label]
