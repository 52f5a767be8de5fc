"""Where results go: the project's database by default, and what is said of a name nobody knows."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from celery.app.backends import BACKEND_ALIASES
from celery.utils.imports import load_extension_class_names, symbol_by_name
from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from djcelery_utils.components import required
from djcelery_utils.masking import is_name, shown

from .activation import has_loader

if TYPE_CHECKING:
    from collections.abc import Collection

DATABASE = f"{__name__}:DatabaseBackend"
CACHE = f"{__name__}:CacheBackend"
OVERRIDES = {"database": DATABASE, "cache": CACHE}
MODULES = {
    "DatabaseBackend": "djcelery_backends.database",
    "CacheBackend": "djcelery_backends.cache",
}
SETTING = "CELERY_RESULT_BACKEND"
NO_BACKEND = checks.Warning(
    "Results of tasks are not stored.",
    hint=(
        'Add "djcelery_backends" to INSTALLED_APPS (pip install djcelery-backends) to store them '
        f"in the database, or say where with {SETTING}; None is a valid answer."
    ),
    id="djcelery_loader.W005",
)


def __getattr__(name: str) -> Any:
    """The backends of djcelery-backends, imported when they are asked for."""
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with required("djcelery-backends"):
        return getattr(import_module(MODULES[name]), name)


def default_backend() -> str | None:
    """The database where djcelery_backends is an installed app; else results are not stored."""
    names = {config.name for config in apps.app_configs.values()}
    return "database" if "djcelery_backends" in names else None


def overrides(chosen: object) -> dict[str, str]:
    """The names that are ours here and not Celery's; ``cache+memory://`` stays Celery's own."""
    is_celerys = isinstance(chosen, str) and chosen.startswith("cache+")
    return {"database": DATABASE} if is_celerys else OVERRIDES


def require_known_backend(chosen: object, aliases: Collection[str]) -> None:
    """Raise ImproperlyConfigured if ``chosen`` names no backend and is not the path of one.

    aliases: names that are known beside those of Celery and of entry points.
    """
    if not chosen or not isinstance(chosen, str):
        return
    name = backend_name(chosen)
    entry_points: Any = load_extension_class_names("celery.result_backends")  # (name, class path)
    known = {*BACKEND_ALIASES, *dict(entry_points), *aliases}
    if name in known:
        return
    message = (
        f"The result backend is {shown(name)}, which is none of {', '.join(sorted(known))}, and "
        f"not the path of a class"
    )
    try:
        symbol_by_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        if is_name(name):
            raise ImproperlyConfigured(f"{message}: {error}") from error
        raise ImproperlyConfigured(f"{message}.") from None  # the error repeats the value


def backend_name(value: str) -> str:
    """The part of a result backend's URL that says which it is; the rest may hold a password."""
    return value.partition("://")[0].partition("+")[0]


@checks.register("djcelery")
def check_result_backend(**_kwargs: Any) -> list[checks.CheckMessage]:
    """E001 an unknown backend, W005 none at all, W007 without the loader: one of Celery's own."""
    if not has_loader():
        return _without_loader(getattr(settings, SETTING, None))
    if not hasattr(settings, SETTING) and default_backend() is None:
        return [NO_BACKEND]
    try:
        require_known_backend(getattr(settings, SETTING, None), OVERRIDES)
    except ImproperlyConfigured as error:
        hint = f"{SETTING} sets it."
        return [checks.Error(str(error), hint=hint, id="djcelery_loader.E001")]
    return []


def _without_loader(chosen: object) -> list[checks.CheckMessage]:
    if chosen not in OVERRIDES or default_backend() is None:
        return []
    return [
        checks.Warning(
            f"{SETTING} is {chosen!r}, which without setup_loader() is a backend of Celery's own.",
            hint=f"Say 'djcelery-{chosen}' to use that of djcelery-backends.",
            id="djcelery_loader.W007",
        )
    ]
