"""What databases raise when a statement failed for a reason outside itself."""

from django.db import utils

DATABASE_ERRORS: tuple[type[Exception], ...] = (utils.DatabaseError, utils.InterfaceError)
"""Every error of Django's database layer, for ``except DATABASE_ERRORS``."""

__all__ = ["DATABASE_ERRORS"]
