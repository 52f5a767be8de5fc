"""System check: the cache that holds results is shared by all processes, and keeps them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from celery import _state, current_app
from celery.exceptions import ImproperlyConfigured as CeleryImproperlyConfigured
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from .cachekinds import DATABASE, DUMMY, FILES, MEMORY, is_kind

if TYPE_CHECKING:
    from django.core.cache.backends.base import BaseCache

BACKEND = "djcelery_backends.cache.CacheBackend"
HINT = (
    "Name the alias of a cache on Redis, Memcached or the database in CELERY_CACHE_BACKEND, or "
    "store results in the database: CELERY_RESULT_BACKEND = 'djcelery-database'."
)


@checks.register("djcelery")
def check_cache(**_kwargs: Any) -> list[checks.CheckMessage]:
    """E001 no such cache, W001 one in memory, W002 one that keeps nothing, W003 a small one."""
    app = site_app()
    if app is None or app.conf.task_always_eager or not stores_in_cache(app):
        return []
    from .cache import DEFAULT_ALIAS, usable_cache  # noqa: PLC0415  # as in stores_in_cache()

    alias = app.conf.cache_backend or DEFAULT_ALIAS
    try:
        cache = usable_cache(alias)
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="djcelery_backends.E001")]
    return remarks(alias, cache)


def site_app() -> Any:
    """The app of the site, if it has one or ``setup_loader()`` was called; makes no other."""
    state: Any = _state
    current = [state._tls.current_app, state.default_app]  # noqa: SLF001  # asking makes one
    # a thread does not see as current what another one has made
    made = [app for app in state._get_active_apps() if app.set_as_current]  # noqa: SLF001
    for app in [*current, *made]:
        if app is not None and app.loader_cls != "default":  # the fallback of Celery's own
            return app
    return current_app if "CELERY_LOADER" in os.environ else None


def stores_in_cache(app: Any) -> bool:
    """Whether the results of ``app`` go to a ``CacheBackend``."""
    from celery.app.backends import by_url  # noqa: PLC0415  # more of Celery than most sites load

    try:
        found: Any = by_url(app.backend_cls or app.conf.result_backend, app.loader)
    except (ImproperlyConfigured, CeleryImproperlyConfigured, ImportError):
        return False  # said where the backend is used, and by the check of djcelery_loader
    return isinstance(found[0], type) and is_kind(found[0], BACKEND)


def remarks(alias: str, cache: BaseCache) -> list[checks.CheckMessage]:
    """What is to be said about a cache as a place of results."""
    kind = type(cache)
    if is_kind(kind, MEMORY):
        return [_in_memory(alias)]
    if is_kind(kind, DUMMY):
        return [_keeps_nothing(alias)]
    if is_kind(kind, DATABASE, FILES) and not _has_size(settings.CACHES[alias]):
        return [_small(alias)]
    return []


def _in_memory(alias: str) -> checks.CheckMessage:
    return checks.Warning(
        f"Results go to the cache {alias!r}, which is in the memory of each process: what a "
        f"worker stores, neither the site finds nor, in a pool of processes, the rest of the "
        f"worker.",
        hint=HINT,
        id="djcelery_backends.W001",
    )


def _keeps_nothing(alias: str) -> checks.CheckMessage:
    return checks.Warning(
        f"Results go to the cache {alias!r}, which keeps nothing.",
        hint=HINT,
        id="djcelery_backends.W002",
    )


def _small(alias: str) -> checks.CheckMessage:
    return checks.Warning(
        f"Results go to the cache {alias!r}, which by Django's default holds 300 entries and then "
        f"drops a third of them, results that nobody has read among them.",
        hint=(
            f"Say how many it may hold in CACHES[{alias!r}]: "
            f"'OPTIONS': {{'MAX_ENTRIES': 1_000_000}}."
        ),
        id="djcelery_backends.W003",
    )


def _has_size(given: dict[str, Any]) -> bool:
    return "MAX_ENTRIES" in given or "MAX_ENTRIES" in (given.get("OPTIONS") or {})
