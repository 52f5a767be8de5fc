"""Results in a cache of Django's cache framework."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from celery import states
from celery.result import result_from_tuple
from django.core.cache import caches
from django.core.cache.backends.base import InvalidCacheBackendError
from django.core.exceptions import ImproperlyConfigured
from djcelery_models.encoding import check_encoder
from djcelery_models.errors import ResultNotDecodable, ResultNotEncodable
from djcelery_utils.masking import shown
from kombu.exceptions import ContentDisallowed, EncodeError
from kombu.utils.encoding import bytes_to_str, ensure_bytes

from .ages import check_ages
from .cachechords import CachedChords
from .cachekeys import entry_key
from .cachekinds import counts, put
from .errors import ResultNotStored

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from celery import Celery
    from celery.app.task import Context
    from django.core.cache.backends.base import BaseCache

logger = logging.getLogger(__name__)

DEFAULT_ALIAS: Final = "default"
SCHEMES: Final = ("cache", "djcelery-cache")


class CacheBackend(CachedChords):
    """Celery's result backend on the cache that ``CELERY_CACHE_BACKEND`` names, by its alias.

    The cache must be one that all processes share. Results expire there by themselves.
    """

    key_t = staticmethod(bytes_to_str)  # type: ignore[assignment]  # Django's keys are text
    supports_autoexpire = True
    supports_failure_expires = True
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
        check_encoder(app)
        check_ages(app)
        check_url(url)
        self.alias: str = app.conf.cache_backend or DEFAULT_ALIAS
        self.implements_incr = counts(usable_cache(self.alias))
        super().__init__(app, expires=expires, expires_type=ceil, url=url, **kwargs)
        self.failure_expires = self._seconds(app.conf.result_failure_expires)

    @property
    def chord_expires(self) -> int | None:  # type: ignore[override]  # Celery's property too
        """How long a chord may wait for its next part, in seconds; None and 0 for ever."""
        return self._seconds(self.app.conf.result_chord_expires)

    def _seconds(self, expires: float | timedelta | None) -> int | None:
        """``expires`` in whole seconds; where it is None, as long as other results live."""
        seconds = expires.total_seconds() if isinstance(expires, timedelta) else expires
        return self.expires if seconds is None else ceil(seconds)

    def _store_result(
        self,
        task_id: str,
        result: Any,
        state: str,
        traceback: Any = None,
        request: Context | None = None,
        **_kwargs: Any,
    ) -> Any:
        """Store, unless a SUCCESS is there; of a failure that is too large, only that it was.

        Raises ResultNotEncodable and ResultNotStored.
        """
        if self._has_succeeded(task_id):
            return result
        owner = f"task {task_id}"
        meta = self._get_result_meta(result, state, traceback, request)  # type: ignore[attr-defined]  # not in celery-types
        meta["task_id"] = task_id
        key = self.get_key_for_task(task_id)
        try:
            self._write(key, meta, state, owner)
        except ResultNotStored as error:
            if state not in states.EXCEPTION_STATES:
                raise
            logger.error("Stored in place of what was raised: %s", error)  # noqa: TRY400  # no more to tell
            less = {"result": self.prepare_exception(error), "traceback": None}
            self._write(key, meta | less, state, owner)
        return result

    def _has_succeeded(self, task_id: str) -> bool:
        try:
            return bool(self._get_task_meta_for(task_id)["status"] == states.SUCCESS)
        except ResultNotDecodable:
            return False

    def _write(self, key: str, value: object, state: str, owner: str) -> None:
        try:
            self._set_with_state(key, self.encode(value), state)
        except ResultNotStored as error:
            raise ResultNotStored(owner, error.alias, error.size, error.reason) from error
        except EncodeError as error:
            raise ResultNotEncodable(owner, self.serializer, str(error)) from error

    def _set_with_state(self, key: str, value: str | bytes, state: str) -> None:
        self.set(key, value, self.failure_expires if state == states.FAILURE else self.expires)

    def _get_task_meta_for(self, task_id: str) -> Any:
        value = self.get(self.get_key_for_task(task_id))
        if not value:
            return {"task_id": task_id, "status": states.PENDING, "result": None}
        with self._read(f"task {task_id}"):
            return self.decode_result(value)

    def ready_results(self, task_ids: Iterable[str]) -> dict[str, Any]:
        ids = list(task_ids)
        return self._mget_to_results(self.mget(map(self.get_key_for_task, ids)), ids)

    def _mget_to_results(
        self,
        values: Iterable[Any],
        keys: Iterable[str],
        READY_STATES: Collection[str] = states.READY_STATES,  # noqa: N803  # Celery's signature
    ) -> dict[str, Any]:
        """The results that are ready, by the ids that ``keys`` are. Raises ResultNotDecodable."""
        results = {}
        for task_id, value in zip(keys, values, strict=True):
            if value:
                with self._read(f"task {task_id}"):
                    results[task_id] = self.decode_result(value)
        return {
            task_id: meta for task_id, meta in results.items() if meta["status"] in READY_STATES
        }

    def _save_group(self, group_id: str, result: Any) -> Any:
        key, value = self.get_key_for_group(group_id), {"result": result.as_tuple()}
        self._write(key, value, states.SUCCESS, f"group {group_id}")
        return result

    def _restore_group(self, group_id: str) -> Any:
        value = self.get(self.get_key_for_group(group_id))
        if not value:
            return None
        with self._read(f"group {group_id}"):
            meta = self.decode(value)
            return meta | {"result": result_from_tuple(meta["result"], self.app)}

    @contextmanager
    def _read(self, owner: str) -> Iterator[None]:
        """In this block all that goes wrong is due to what was stored: ResultNotDecodable."""
        try:
            yield
        except ContentDisallowed as error:
            reason = "is not accepted here: CELERY_RESULT_ACCEPT_CONTENT says what may be read"
            raise ResultNotDecodable(owner, self.content_type, reason) from error
        except Exception as error:  # what a pickle raises is up to its classes
            reason = f"cannot be read: {error}"
            raise ResultNotDecodable(owner, self.content_type, reason) from error

    def _get_key_for(self, prefix: str, id: object, key: str = "") -> str:  # noqa: A002  # Celery's signature
        name = id.decode() if isinstance(id, bytes) else str(id)
        return entry_key(prefix, name + key, made=self.cache.make_key)

    def as_uri(self, *_args: Any, **_kwargs: Any) -> str:
        """What the banner of a worker shows: the alias too, in place of a server's address."""
        return f"{SCHEMES[-1]} ({self.alias})"

    @property
    def cache(self) -> BaseCache:
        """The cache, in the connection of this thread."""
        return caches[self.alias]

    def get(self, key: str) -> Any:
        return self.cache.get(key)

    def mget(self, keys: Iterable[str]) -> list[Any]:
        """The values of ``keys``, in their order; None for one that is not there."""
        keys = list(keys)
        found = self.cache.get_many(keys)
        return [found.get(key) for key in keys]

    def set(self, key: str, value: str | bytes, expires: int | None = None) -> None:
        """Raises ResultNotStored.

        expires: seconds; None and 0 keep the entry for ever.
        """
        reason = put(self.cache, key, value, timeout=expires or None)
        if reason is not None:
            size = len(ensure_bytes(value))
            raise ResultNotStored(f"entry {key}", self.alias, size, reason)

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


def check_url(url: str | None) -> None:
    """Raise ImproperlyConfigured if a result backend's URL is an address, not only our name."""
    if url and url.partition("://")[0] not in SCHEMES:
        raise ImproperlyConfigured(
            f"CELERY_RESULT_BACKEND names {shown(url)}, but results go to a cache in CACHES: say "
            f"'djcelery-cache', and name the alias in CELERY_CACHE_BACKEND."
        )


def usable_cache(alias: str) -> BaseCache:
    """The cache of this alias. Raises ImproperlyConfigured if there is none that can be used."""
    if alias not in caches.settings:
        known = ", ".join(sorted(caches.settings))
        raise ImproperlyConfigured(
            f"CELERY_CACHE_BACKEND is {shown(alias)}; it must be the alias of a cache in CACHES, "
            f"one of {known}."
        )
    try:
        return caches[alias]
    except InvalidCacheBackendError as error:
        raise ImproperlyConfigured(
            f"CELERY_CACHE_BACKEND names {alias!r}, a cache that cannot be used: {error}"
        ) from error
