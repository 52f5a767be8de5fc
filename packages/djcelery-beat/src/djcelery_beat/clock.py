"""What time it is for all beats: that of the database, for their own clocks may differ."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import connections

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

READ_EVERY_SECONDS: Final = 60.0
STATEMENTS: Final = {
    "postgresql": "SELECT clock_timestamp() AT TIME ZONE 'UTC'",
    "mysql": "SELECT UTC_TIMESTAMP(6)",
    "oracle": "SELECT SYS_EXTRACT_UTC(SYSTIMESTAMP) FROM DUAL",
}
"""SQLite is not in here: its clock is that of this machine."""


class DatabaseClock:
    """The clock of a database, read when it is connected to and each minute after.

    Between it goes on with the time that has passed here, so it never jumps with this machine's.
    That of SQLite is this machine's, and read each time: beats must agree on when a lease ends.
    """

    def __init__(self, using: str) -> None:
        self._using = using
        self._read_over: Any = None
        self._read_at = 0.0
        self._read = datetime.min.replace(tzinfo=UTC)
        self.drift = timedelta()
        """How far this machine's clock was ahead when the database's was read."""

    def now(self) -> datetime:
        """The time, in UTC."""
        connection = connections[self._using]
        statement = STATEMENTS.get(connection.vendor)
        if statement is None:
            return datetime.now(UTC)
        connection.ensure_connection()
        is_old = time.monotonic() - self._read_at >= READ_EVERY_SECONDS
        if is_old or self._read_over is not connection.connection:
            self._read = _read(connection, statement)
            self._read_at = time.monotonic()
            self._read_over = connection.connection
            self.drift = datetime.now(UTC) - self._read
        return self._read + timedelta(seconds=time.monotonic() - self._read_at)


def _read(connection: BaseDatabaseWrapper, statement: str) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        moment: datetime = cursor.fetchone()[0]
    return moment.replace(tzinfo=UTC)
