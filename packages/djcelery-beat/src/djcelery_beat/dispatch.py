"""Send what a batch of entries has to run."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

from djcelery_models.models import Outcome, Overlap
from djcelery_models.planning import task_id

from .decision import Span, decide
from .errors import NotSent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from djcelery_models.models import PeriodicTask

    from .decision import Decision

TAKING_SECONDS: Final = 0.25
"""How long a batch goes on to take entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A run that was sent."""

    due: datetime
    task_id: str
    sent_at: datetime


@dataclass(slots=True, kw_only=True)
class Result:
    """What was done for an entry.

    failed: the due times that could not be sent, with the reason; passed_over: those that were not
    to be; put_off: the first of those that there was no time for.
    """

    entry: PeriodicTask
    decision: Decision
    sent: list[Sent] = field(default_factory=list)
    failed: list[tuple[datetime, str]] = field(default_factory=list)
    passed_over: list[Span] = field(default_factory=list)
    put_off: datetime | None = None

    def give_back(self, returned: dict[str, str]) -> None:
        """Count as failed what no queue has taken."""
        for sent in [sent for sent in self.sent if sent.task_id in returned]:
            self.sent.remove(sent)
            self.failed.append((sent.due, f"no queue took it: {returned[sent.task_id]}"))


class Sender(Protocol):
    """What sends one run."""

    @property
    def is_stopping(self) -> bool:
        """Whether the batch is to end with the entry it is at."""

    def send(self, entry: PeriodicTask, due: datetime, task_id: str) -> None:
        """Send the run. Raises NotSent, or BrokerFailed for the whole batch."""

    def unfinished(self, entry: PeriodicTask, now: datetime) -> str:
        """Why the last run that was sent counts as unfinished; empty: it does not."""


def dispatch(entries: Iterable[PeriodicTask], now: datetime, sender: Sender) -> list[Result]:
    """Decide on ``entries`` and send what they have to run, until the time for a batch is over.

    Entries that are not among the results are left as they are. Raises BrokerFailed.
    """
    results: list[Result] = []
    stop_at = time.monotonic() + TAKING_SECONDS
    for entry in entries:
        if results and (time.monotonic() >= stop_at or sender.is_stopping):
            break
        result = Result(entry=entry, decision=decide(entry, now))
        result.passed_over.extend(result.decision.passed_over)
        _send_all(result, now, sender, stop_at)
        results.append(result)
    return results


def _send_all(result: Result, now: datetime, sender: Sender, stop_at: float) -> None:
    entry = result.entry
    runs = result.decision.runs
    for number, due in enumerate(runs):
        if number and time.monotonic() >= stop_at:
            result.put_off = due
            return
        if entry.overlap == Overlap.SKIP and (
            reason := _overlapped(result) or sender.unfinished(entry, now)
        ):
            result.passed_over.append(
                Span(
                    first=due,
                    last=runs[-1],
                    count=len(runs) - number,
                    outcome=Outcome.OVERLAP,
                    reason=reason,
                )
            )
            return
        identifier = task_id(entry, due)
        try:
            sender.send(entry, due, identifier)
        except NotSent as error:
            result.failed.append((due, str(error)))
        else:
            result.sent.append(Sent(due=due, task_id=identifier, sent_at=datetime.now(UTC)))
        if entry.one_off:
            if number + 1 < len(runs):
                rest = runs[number + 1 :]
                result.passed_over.append(
                    Span(
                        first=rest[0],
                        last=rest[-1],
                        count=len(rest),
                        outcome=Outcome.MISFIRE,
                        reason="the entry runs once",
                    )
                )
            return


def _overlapped(result: Result) -> str:
    return f"{result.sent[-1].task_id} was just sent" if result.sent else ""
