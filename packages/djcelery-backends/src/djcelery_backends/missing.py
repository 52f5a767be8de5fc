"""Tell a table that is not there, or cannot be, from every other error of a database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, ProgrammingError

from .errors import TablesMissing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model

MAYBE_MISSING: Final = (OperationalError, ProgrammingError)
POSTGRESQL: Final = ("42P01", "42703")
MYSQL: Final = (1054, 1146)
SQLITE: Final = ("no such table", "no such column", "has no column named")


@contextmanager
def migrations_named(database: str) -> Iterator[None]:
    """In this block a missing table or column raises TablesMissing, which names ``migrate``."""
    try:
        yield
    except MAYBE_MISSING as error:
        raise_missing(error, database)
        raise


def raise_missing(error: Exception, database: str) -> None:
    """Raise TablesMissing, which names ``migrate``, if a table or column is missing."""
    if _is_missing(error):
        raise TablesMissing(database, str(error).partition("\n")[0]) from error


def check_table(model: type[Model]) -> None:
    """Raise ImproperlyConfigured if results cannot be stored in a table of ``model``."""
    if model._meta.app_config is None:  # noqa: SLF001  # documented
        raise ImproperlyConfigured(
            f"results are stored in {model.__name__}, whose app is not installed: add "
            f"'djcelery_backends' (or 'djcelery') to INSTALLED_APPS and run `manage.py migrate`."
        )
    if model._meta.parents and not model._meta.proxy:  # noqa: SLF001  # documented
        raise ImproperlyConfigured(
            f"results cannot be stored in {model.__name__}, whose fields are in more than one "
            f"table: derive it from AbstractTaskMeta or AbstractTaskSetMeta."
        )


def _is_missing(error: Exception) -> bool:
    cause = error.__cause__
    code = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    number = error.args[0] if error.args else None
    return code in POSTGRESQL or number in MYSQL or any(text in str(number) for text in SQLITE)
