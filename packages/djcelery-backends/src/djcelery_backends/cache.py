"""Results in a cache of Django's cache framework."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any, Final

from celery.backends.base import KeyValueStoreBackend
from django.core.cache import caches
from django.core.cache.backends.base import InvalidCacheBackendError
from django.core.exceptions import ImproperlyConfigured
from djcelery_models.encoding import check_serializer
from djcelery_models.errors import ResultNotDecodable, ResultNotEncodable
from djcelery_utils.masking import shown
from kombu.exceptions import ContentDisallowed, DecodeError, EncodeError
from kombu.utils.encoding import bytes_to_str

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from celery import Celery
    from django.core.cache.backends.base import BaseCache

DEFAULT_ALIAS: Final = "default"
SCHEMES: Final = ("cache", "djcelery-cache")


class CacheBackend(KeyValueStoreBackend):
    """Celery's result backend on the cache that ``CELERY_CACHE_BACKEND`` names, by its alias.

    The cache must be one that all processes share. Results expire there by themselves.
    """

    key_t = staticmethod(bytes_to_str)  # type: ignore[assignment]  # Django's keys are text
    supports_autoexpire = True
    supports_native_join = True
    supports_result_compression = True

    app: Celery
    serializer: str
    content_type: str
    expires: int | None
    url: str | None

    def __init__(
        self, app: Celery, expires: float | None = None, url: str | None = None, **kwargs: Any
    ) -> None:
        check_serializer(app)
        super().__init__(app, expires=expires, expires_type=ceil, url=url, **kwargs)
        self.alias: str = app.conf.cache_backend or DEFAULT_ALIAS
        self._check_alias()
        self._check_url()

    def _store_result(self, task_id: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return super()._store_result(task_id, *args, **kwargs)  # type: ignore[misc]  # not in celery-types
        except EncodeError as error:
            owner = f"task {task_id}"
            raise ResultNotEncodable(owner, self.serializer, str(error)) from error

    def _get_task_meta_for(self, task_id: str) -> Any:
        try:
            return super()._get_task_meta_for(task_id)  # type: ignore[misc]  # not in celery-types
        except (ContentDisallowed, DecodeError) as error:
            owner, reason = f"task {task_id}", f"cannot be read: {error}"
            raise ResultNotDecodable(owner, self.content_type, reason) from error

    def as_uri(self, *_args: Any, **_kwargs: Any) -> str:
        """What the banner of a worker shows: the alias too, in place of a server's address."""
        return f"{SCHEMES[-1]} ({self.alias})"

    @property
    def cache(self) -> BaseCache:
        """The cache, in the connection of this thread."""
        return caches[self.alias]

    def get(self, key: str) -> Any:
        return self.cache.get(key)

    def mget(self, keys: Collection[str]) -> Mapping[str, Any]:  # type: ignore[override]  # Celery takes both
        return self.cache.get_many(keys)

    def set(self, key: str, value: str | bytes) -> None:
        self.cache.set(key, value, timeout=self.expires or None)

    def delete(self, key: str) -> None:
        self.cache.delete(key)

    def incr(self, key: str) -> int:
        """Count up; a key that is not there counts from 0."""
        self.cache.add(key, 0, timeout=self.expires or None)
        return self.cache.incr(key)

    def expire(self, key: str, value: float | None) -> None:
        """Let ``key`` live for ``value`` seconds from now; None and 0 keep it for ever."""
        self.cache.touch(key, timeout=value or None)

    def __reduce__(self, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        known = {"url": self.url, "expires": self.expires, **(kwargs or {})}
        return super().__reduce__(args, known)  # type: ignore[call-arg]  # Celery's own signature

    def _check_url(self) -> None:
        if self.url and self.url.partition("://")[0] not in SCHEMES:
            raise ImproperlyConfigured(
                f"CELERY_RESULT_BACKEND names {shown(self.url)}, but results go to a cache in "
                f"CACHES: say 'djcelery-cache', and name the alias in CELERY_CACHE_BACKEND."
            )

    def _check_alias(self) -> None:
        if self.alias not in caches.settings:
            known = ", ".join(sorted(caches.settings))
            raise ImproperlyConfigured(
                f"CELERY_CACHE_BACKEND is {shown(self.alias)}; it must be the alias of a cache in "
                f"CACHES, one of {known}."
            )
        try:
            caches[self.alias]
        except InvalidCacheBackendError as error:
            raise ImproperlyConfigured(
                f"CELERY_CACHE_BACKEND names {self.alias!r}, a cache that cannot be used: {error}"
            ) from error
