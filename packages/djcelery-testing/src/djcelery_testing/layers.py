"""Django's settings, overridden for a while, whatever else begins or ends meanwhile."""
# ruff: noqa: SLF001  # Django has no public way to see what overrides its settings

from __future__ import annotations

from typing import Any
from weakref import WeakSet

from django.conf import settings as django_settings
from django.test.utils import override_settings

settings: Any = django_settings
_ended: WeakSet[Any] = WeakSet()


class Layer(override_settings):
    """Like ``override_settings``, but may end before what began later.

    Django restores the settings as they were at the beginning, also where they are no more valid:
    so what another restores after this has ended has lost the values of this.
    """

    _holder: Any = None

    def enable(self) -> None:
        if settings._wrapped in _ended:
            settings._wrapped = without_ended(settings._wrapped)
        super().enable()
        self._holder = settings._wrapped

    def disable(self) -> None:
        holder = self._holder or settings._wrapped
        for name in self.options:
            vars(holder).pop(name, None)
        _ended.add(holder)
        self.wrapped = without_ended(settings._wrapped)
        super().disable()


def without_ended(holder: Any) -> Any:
    """The settings that count, of ``holder`` and what it overrides."""
    while holder in _ended:
        holder = holder.default_settings
    return holder


def is_overridden_last(name: str) -> bool:
    """Whether what began last overrides the setting ``name``."""
    return name in vars(settings._wrapped)
