"""Django apps that bring other apps with them, so that one line of ``INSTALLED_APPS`` is enough."""

from __future__ import annotations

import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING, ClassVar
from weakref import WeakSet

from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured

from .shared import PREFIX, SharedSettings

if TYPE_CHECKING:
    from types import ModuleType

    from django.apps.registry import Apps

_composing: WeakSet[Apps] = WeakSet()
_creation = threading.local()


class ComponentConfig(AppConfig):
    """A component of django-celery: an app that brings the components in ``brings`` with it.

    Django assigns ``AppConfig.apps`` for each entry of ``INSTALLED_APPS`` while it fills the
    registry, before any models are imported. That moment is used to put the configs of the brought
    components into the same registry, where all of Django finds them. A component that is listed
    in ``INSTALLED_APPS`` too, before or after, is taken from there.

    ``settings_type`` is the dataclass of the component's settings, ``settings_prefix`` the
    beginning of their names; the system check ``djcelery_utils.E001`` reads both.
    """

    default = False
    default_auto_field = "django.db.models.AutoField"
    brings: ClassVar[tuple[str, ...]] = ()
    settings_type: ClassVar[type | None] = None
    settings_prefix: ClassVar[str] = ""
    is_brought = False

    def __init__(self, app_name: str, app_module: ModuleType | None) -> None:
        super().__init__(app_name, app_module)
        if not getattr(_creation, "is_brought", False):
            self._replace_brought()

    @property
    def apps(self) -> Apps | None:
        """The registry this config is in; None before."""
        return self.__dict__.get("apps")

    @apps.setter
    def apps(self, registry: Apps | None) -> None:
        self.__dict__["apps"] = registry
        if registry is not None and not registry.apps_ready:
            self._bring(registry)

    def components(self) -> tuple[str, ...]:
        """Import names of the components to bring; one that is not installed is left out."""
        return self.brings

    def _replace_brought(self) -> None:
        """Make room in the registry that is being filled: what a project lists goes first."""
        for registry in list(_composing):
            known = registry.app_configs.get(self.label)
            if registry.loading and not registry.apps_ready and getattr(known, "is_brought", False):
                del registry.app_configs[self.label]

    def _bring(self, registry: Apps) -> None:
        _composing.add(registry)
        for name in self.components():
            present = {config.name for config in registry.app_configs.values()}
            if name not in present and find_spec(name) is not None:
                self._attach(name, registry)

    def _attach(self, name: str, registry: Apps) -> None:
        _creation.is_brought = True
        try:
            config = AppConfig.create(name)
        finally:
            _creation.is_brought = False
        other = registry.app_configs.get(config.label)
        if other is not None:
            raise ImproperlyConfigured(
                f"{self.name} brings {name}, whose label {config.label!r} {other.name} has taken: "
                f"give that app another label."
            )
        config.is_brought = True  # type: ignore[attr-defined]  # ours: only components are brought
        registry.app_configs[config.label] = config
        config.apps = registry


class UtilsConfig(ComponentConfig):
    """The app that holds the translations and the settings check of all components."""

    default = True
    name = "djcelery_utils"
    label = "djcelery_utils"
    verbose_name = "django-celery utilities"
    settings_type = SharedSettings
    settings_prefix = PREFIX

    def ready(self) -> None:
        from . import checks  # noqa: F401, PLC0415  # registers; Django's registry must be ready
