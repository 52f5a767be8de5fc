"""What the result backends raise."""

from __future__ import annotations

from django.db import DEFAULT_DB_ALIAS
from kombu.exceptions import EncodeError

LONGEST_SHOWN = 60


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


class ResultNotStored(BackendError, EncodeError):
    """A cache has not taken a result; as an EncodeError it makes the task fail.

    size: of the entry, in bytes of text or data.
    """

    def __init__(self, owner: str, alias: str, size: int, reason: str) -> None:
        super().__init__(owner, alias, size, reason)
        self.owner = owner
        self.alias = alias
        self.size = size
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"the result of {self.owner} was not stored in the cache {self.alias!r}: "
            f"{self.reason}. With what belongs to it, it has {self.size:,} bytes, and Memcached "
            f"takes 1 MB unless its option -I says more. Return less (the name of a file, say), "
            f"set CELERY_RESULT_COMPRESSION, or store results in the database"
        )


class NotStorable(BackendError, ValueError):
    """An id or a state for which there is no room in its column.

    what: of which kind ``value`` is, such as ``task id``.
    """

    def __init__(self, what: str, value: str, reason: str) -> None:
        super().__init__(what, value, reason)
        self.what = what
        self.value = value
        self.reason = reason

    def __str__(self) -> str:
        shown = self.value if len(self.value) <= LONGEST_SHOWN else f"{self.value[:LONGEST_SHOWN]}…"
        return f"results cannot be stored for the {self.what} {shown!r}: {self.reason}"


class ResultTooLarge(BackendError, EncodeError):
    """A database has not taken a result; as an EncodeError it makes the task fail.

    size: of the result in a statement, in bytes; limit: of a whole statement.
    """

    def __init__(self, owner: str, database: str, size: int, limit: int) -> None:
        super().__init__(owner, database, size, limit)
        self.owner = owner
        self.database = database
        self.size = size
        self.limit = limit

    def __str__(self) -> str:
        return (
            f"the result of {self.owner} was not stored in database {self.database!r}: it has "
            f"{self.size:,} bytes, and the server takes {self.limit:,} (max_allowed_packet). "
            f"Return less (the name of a file, say), or let the server take more"
        )
