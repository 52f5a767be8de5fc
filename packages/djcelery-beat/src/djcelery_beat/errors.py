"""What beat raises."""

from __future__ import annotations


class BeatError(Exception):
    """Base of the errors of djcelery_beat."""


class NotSent(BeatError):
    """One run cannot be sent, and would not be if it were tried again."""


class BrokerFailed(BeatError):
    """The broker did not take a batch of messages, which is to be repeated as a whole.

    tries: how often a run may meet this alone until it is the run that is to blame; None: never.
    """

    def __init__(self, reason: str, *, tries: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.tries = tries

    def __str__(self) -> str:
        return self.reason


class NotTaken(BeatError):
    """The broker has taken a batch, and gave back what no queue took."""


class BadEntry(BeatError, ValueError):
    """An entry that cannot be written to the database."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        return f"periodic task {self.name!r}: {self.reason}"


class BadCodeEntry(BadEntry):
    """An entry of the settings that cannot be."""

    def __str__(self) -> str:
        return f"CELERYBEAT_SCHEDULE[{self.name!r}]: {self.reason}"


class RowLocked(BadCodeEntry):
    """Somebody else is writing the row of the entry; it is to be written later."""
