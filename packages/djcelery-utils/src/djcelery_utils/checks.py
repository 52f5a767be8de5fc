"""System check: each ``DJCELERY_*`` setting is read by a component, and has a value it takes."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from .apps import ComponentConfig
from .settings import read_settings, setting_names
from .shared import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator


@checks.register("djcelery")
def check_component_settings(**_kwargs: Any) -> list[checks.CheckMessage]:
    """E001 a value of the wrong type, W001 a name that no installed component reads."""
    readers = list(_readers())
    messages: list[checks.CheckMessage] = []
    for settings_type, prefix in readers:
        try:
            read_settings(settings_type, prefix=prefix)
        except ImproperlyConfigured as error:
            messages.append(checks.Error(str(error), id="djcelery_utils.E001"))
    known = [f"{PREFIX}COMPONENTS"]
    for settings_type, prefix in readers:
        known += setting_names(settings_type, prefix=prefix)
    messages += [_unknown(name, known) for name in _given() if name not in known]
    return messages


def _readers() -> Iterator[tuple[type, str]]:
    for config in apps.get_app_configs():
        if isinstance(config, ComponentConfig) and config.settings_type is not None:
            yield config.settings_type, config.settings_prefix


def _given() -> list[str]:
    return sorted(name for name in dir(settings) if name.startswith(PREFIX))


def _unknown(name: str, known: list[str]) -> checks.CheckMessage:
    close = get_close_matches(name, known, n=1)
    hint = f"Did you mean {close[0]}?" if close else f"Known are {', '.join(sorted(known))}."
    return checks.Warning(
        f"{name} is set, but no installed component reads it.", hint=hint, id="djcelery_utils.W001"
    )
