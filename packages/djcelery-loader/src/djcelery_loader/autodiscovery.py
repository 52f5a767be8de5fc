"""Find the modules of the installed apps in which tasks are defined."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from django.apps import apps

if TYPE_CHECKING:
    from types import ModuleType


def autodiscover() -> list[ModuleType]:
    """Import the module ``tasks`` of every installed app that has one, and return these."""
    found = [find_related_module(config.name, "tasks") for config in apps.get_app_configs()]
    return [module for module in found if module is not None]


def find_related_module(package: str, related_name: str) -> ModuleType | None:
    """The module ``related_name`` of ``package``, imported; None if there is no such module.

    An error while it is imported, a missing import included, is passed on.
    """
    if not hasattr(import_module(package), "__path__"):
        return None  # an app that is one module
    name = f"{package}.{related_name}"
    return None if find_spec(name) is None else import_module(name)


class InstalledApps:
    """Celery's question to a fixup: where ``app.autodiscover_tasks()`` looks if nothing is said."""

    def autodiscover_tasks(self) -> list[str]:
        return [config.name for config in apps.get_app_configs()]
