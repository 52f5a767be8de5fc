"""The documented result backend on the Django ORM, handed on from ``djcelery_backends``."""

from djcelery_utils.components import required

with required("djcelery-backends"):
    from djcelery_backends.database import DatabaseBackend

__all__ = ["DatabaseBackend"]
