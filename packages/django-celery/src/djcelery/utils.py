"""The documented time helpers and database errors, handed on from ``djcelery_utils``."""

from djcelery_utils.clock import make_aware, make_naive, now
from djcelery_utils.databases import DATABASE_ERRORS

__all__ = ["DATABASE_ERRORS", "make_aware", "make_naive", "now"]
