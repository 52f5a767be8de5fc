"""Tell a table that was never migrated from every other error of a database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from django.db import OperationalError, ProgrammingError

from .errors import TablesMissing

if TYPE_CHECKING:
    from collections.abc import Iterator

POSTGRESQL: Final = ("42P01", "42703")
MYSQL: Final = (1054, 1146)
SQLITE: Final = ("no such table", "no such column", "has no column named")


@contextmanager
def migrations_named(database: str) -> Iterator[None]:
    """In this block a missing table or column raises TablesMissing, which names ``migrate``."""
    try:
        yield
    except (OperationalError, ProgrammingError) as error:
        if not _is_missing(error):
            raise
        raise TablesMissing(database, str(error).partition("\n")[0]) from error


def _is_missing(error: Exception) -> bool:
    cause = error.__cause__
    code = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    number = error.args[0] if error.args else None
    return code in POSTGRESQL or number in MYSQL or any(text in str(number) for text in SQLITE)
