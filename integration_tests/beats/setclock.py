"""A clock that can be set, for processes to come: Debian's ``faketime`` shows it to them."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

LIBRARIES: Final = "usr/lib/*/faketime/libfaketime.so.1"
SLEEP: Final = """\
import select
import time

# faketime cannot put off a sleep by the clock that is never set, and that is how Python sleeps
time.sleep = lambda seconds: select.select([], [], [], seconds)
"""
"""For a Python process: to be run before it sleeps."""


def library() -> str | None:
    """Where faketime is, if it is installed."""
    return next((str(path) for path in Path("/").glob(LIBRARIES)), None)


class SetClock:
    """A clock that is right, until it is set; the time that has passed stays right."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.ahead = timedelta()
        self.set(ahead=self.ahead)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def set(self, *, ahead: timedelta) -> None:
        """From now on the clock is that much ahead of the right time."""
        self.ahead = ahead
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{ahead.total_seconds():+.0f}\n")
        fresh.chmod(0o644)
        fresh.rename(self._file)

    @property
    def environment(self) -> dict[str, str]:
        """What has a process see this clock."""
        return {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    @contextmanager
    def inherited(self) -> Iterator[None]:
        """All processes that start in this block see it."""
        os.environ.update(self.environment)
        try:
            yield
        finally:
            for name in self.environment:
                del os.environ[name]
