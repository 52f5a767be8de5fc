"""The documented result backend on Django's caches, handed on from ``djcelery_backends``."""

from djcelery_utils.components import required

with required("djcelery-backends"):
    from djcelery_backends.cache import CacheBackend

__all__ = ["CacheBackend"]
