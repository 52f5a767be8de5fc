"""What the classes of Django's caches can do, and what of it a result backend can build on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kombu.utils.encoding import bytes_to_str

if TYPE_CHECKING:
    from django.core.cache.backends.base import BaseCache

REDIS: Final = "django.core.cache.backends.redis.RedisCache"
MEMCACHED: Final = "django.core.cache.backends.memcached.BaseMemcachedCache"
DATABASE: Final = "django.core.cache.backends.db.DatabaseCache"
FILES: Final = "django.core.cache.backends.filebased.FileBasedCache"
MEMORY: Final = "django.core.cache.backends.locmem.LocMemCache"
DUMMY: Final = "django.core.cache.backends.dummy.DummyCache"
REFUSAL: Final = "pymemcache.exceptions.MemcacheServerError"


def is_kind(cls: type[object], *kinds: str) -> bool:
    """Whether this is one of these classes, or derived from one; imports none of them."""
    bases = {f"{base.__module__}.{base.__qualname__}" for base in cls.__mro__}
    return not bases.isdisjoint(kinds)


def counts(cache: BaseCache) -> bool:
    """Whether ``add`` and ``incr`` are one step each, and what one process wrote all others read.

    A Redis cache with replicas reads from those, which may be behind.
    """
    if is_kind(type(cache), REDIS):
        server: Any = cache
        return len(server._servers) == 1  # noqa: SLF001  # Django shows its replicas nowhere else
    return is_kind(type(cache), MEMCACHED)


def put(cache: BaseCache, key: str, value: str | bytes, *, timeout: int | None) -> str | None:
    """Set an entry; why the cache has not taken it, which some do not say, None where it has.

    timeout: seconds; None keeps the entry for ever.
    """
    try:
        cache.set(key, value, timeout=timeout)
    except Exception as error:
        if not is_kind(type(error), REFUSAL):
            raise
        return str(bytes_to_str(error.args[0]))
    if is_kind(type(cache), MEMCACHED):  # without an entry where a client is told to be silent
        return None if cache.touch(key, timeout=timeout) else "the server refused it"
    if is_kind(type(cache), DATABASE):  # has logged no error, and left what was there before
        return None if cache.get(key) == value else "the database refused it"
    return None
