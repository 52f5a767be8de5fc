"""The longest transaction of the other sessions on a database, as PostgreSQL itself sees them."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING, Self

from .raw import connect

if TYPE_CHECKING:
    from types import TracebackType

EVERY_SECONDS = 0.003
AGE = """
    SELECT max(extract(epoch FROM clock_timestamp() - xact_start)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend'
"""


class LongestTransaction:
    """Asks, on a connection of its own, every few milliseconds while it is open.

    ``seconds`` is short of the truth by the time between two looks at most.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._is_over = Event()
        self._thread = Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        with connect() as connection:
            while not self._is_over.wait(EVERY_SECONDS):
                (age,) = connection.execute(AGE).fetchone()
                self.seconds = max(self.seconds, float(age or 0))
