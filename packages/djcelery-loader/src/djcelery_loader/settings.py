"""The settings of the loader."""

from __future__ import annotations

from dataclasses import dataclass

from djcelery_utils.settings import converted, read_settings

PREFIX = "DJCELERY_LOADER_"
REUSE_MAX = "CELERY_DB_REUSE_MAX"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoaderSettings:
    """How a worker treats the database connections of its tasks.

    ``conn_min_age``: seconds that a connection may live at the least, whatever ``CONN_MAX_AGE``
    says; 0 leaves it to ``CONN_MAX_AGE`` alone.
    """

    conn_min_age: float = 60


def get_settings() -> LoaderSettings:
    return read_settings(LoaderSettings, prefix=PREFIX)


def reuse_max(value: object) -> int | None:
    """``value`` of ``CELERY_DB_REUSE_MAX``: a number of tasks, None or 0 for no limit.

    Raises ImproperlyConfigured if it is anything else.
    """
    number: int | None = converted(REUSE_MAX, value, int | None)
    return number
