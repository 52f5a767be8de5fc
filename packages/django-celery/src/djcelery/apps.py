"""The one-line app: ``"djcelery"`` brings every component that is installed."""

from __future__ import annotations

from importlib.util import find_spec

from django.apps import apps as django_apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from djcelery_utils.apps import ComponentConfig

from . import APPS, COMPONENTS


class DjceleryConfig(ComponentConfig):
    """An app without models of its own; the label ``djcelery`` is that of ``djcelery_models``."""

    default = True
    name = "djcelery"
    label = "djcelery_facade"
    verbose_name = "django-celery"

    def components(self) -> tuple[str, ...]:
        """What ``DJCELERY_COMPONENTS`` lists; every component when it is not set."""
        chosen = getattr(settings, "DJCELERY_COMPONENTS", None)
        if chosen is None:
            return APPS
        is_list = isinstance(chosen, list | tuple | set | frozenset)
        if not is_list or not all(name in COMPONENTS for name in chosen):
            raise ImproperlyConfigured(
                f"DJCELERY_COMPONENTS is {chosen!r}; it must be a list of {', '.join(COMPONENTS)}."
            )
        absent = [name.replace("_", "-") for name in chosen if find_spec(name) is None]
        if absent:
            raise ImproperlyConfigured(
                f"DJCELERY_COMPONENTS lists what is not installed: pip install {' '.join(absent)}"
            )
        return tuple(chosen)

    def import_models(self) -> None:
        """Leave ``djcelery.models`` alone: it hands on the models of another app."""
        self.models = (self.apps or django_apps).all_models[self.label]
