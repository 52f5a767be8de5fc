"""Django's settings as Celery reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from celery.app.defaults import SETTING_KEYS
from django.conf import settings

from .names import NAMESPACE, celery_names

SOURCE = "django.conf:settings"


class CelerySettings(Mapping[str, Any]):
    """The settings of the project, read live; only those of Celery are listed.

    What is listed is what ``celery report`` and ``inspect conf`` show; other settings can be read
    by name, as extensions of Celery do.

    ``namespace`` is the app's; ``defaults`` are values for settings that the project leaves out,
    by name, computed when asked for.
    """

    def __init__(
        self, namespace: str | None, defaults: Mapping[str, Callable[[], Any]] | None = None
    ) -> None:
        prefix = (namespace or NAMESPACE).rstrip("_")
        self._names = celery_names() | {f"{prefix}_{key.upper()}" for key in SETTING_KEYS}
        self._defaults = defaults or {}

    def __getitem__(self, name: str) -> Any:
        try:
            return getattr(settings, name)
        except AttributeError:
            if name in self._defaults:
                return self._defaults[name]()
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._names.intersection(dir(settings)))

    def __len__(self) -> int:
        return len(list(iter(self)))
