"""What the result backends raise."""

from __future__ import annotations

from django.db import DEFAULT_DB_ALIAS


class BackendError(Exception):
    """Base of the errors of djcelery_backends."""


class TablesMissing(BackendError):
    """A table of the results, or a column of it, is not in the database."""

    def __init__(self, database: str, reason: str) -> None:
        super().__init__(database, reason)
        self.database = database
        self.reason = reason

    def __str__(self) -> str:
        elsewhere = "" if self.database == DEFAULT_DB_ALIAS else f" --database={self.database}"
        return (
            f"the tables of the results are not as they should be in database {self.database!r}: "
            f"{self.reason}. Run `manage.py migrate djcelery{elsewhere}`"
        )
