"""What must hold after beats were killed and servers were away."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from .course import EVERY

LONGEST_STOP_SECONDS = 3.0

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from djcelery_models.models import PeriodicTaskRun

    from .course import Ran, Stopped


def find_wrong(ran: Ran, policy: str) -> Iterator[str]:
    """All that is not as it must be, in words."""
    by_entry: dict[str, list[PeriodicTaskRun]] = defaultdict(list)
    for run in ran.runs:
        by_entry[run.entry.name].append(run)
    for name, first in ran.first_due.items():
        yield from wrong_runs(name, first, by_entry[name], policy)
    yield from wrong_messages(ran)


def find_wrong_stops(stopped: Stopped) -> Iterator[str]:
    """What a beat that was stopped in good order has doubled or lost, and stops that took long."""
    for task_id, number in Counter(stopped.arrived).items():
        if number > 1:
            yield f"{task_id} has arrived {number} times"
    for task_id in set(stopped.sent) ^ set(stopped.arrived):
        yield f"{task_id} is in one of ledger and queue alone"
    for seconds in stopped.seconds:
        if seconds >= LONGEST_STOP_SECONDS:
            yield f"a stop took {seconds:.1f} s"


def wrong_runs(
    name: str,
    first: datetime,
    runs: list[PeriodicTaskRun],
    policy: str,
    every: timedelta = EVERY,
) -> Iterator[str]:
    """Each due time from the first to the last must be in one row, in the order of time."""
    if not runs:
        yield f"{name} has not run"
    expected = first
    for run in runs:
        if run.due_at != expected:
            yield f"{name}: {run.due_at} comes where {expected} should"
        if run.last_due_at != run.due_at + (run.count - 1) * every:
            yield f"{name}: {run.count} runs from {run.due_at} to {run.last_due_at}"
        if run.outcome != "sent" and (policy == "run_all" or run.outcome != "misfire"):
            yield f"{name}: {run.due_at} is {run.outcome}: {run.reason}"
        expected = run.last_due_at + every


def wrong_messages(ran: Ran) -> Iterator[str]:
    known = {run.task_id: run for run in ran.runs if run.outcome == "sent"}
    arrived = {task_id for task_id, _, _ in ran.arrived}
    for task_id, name, due in ran.arrived:
        run = known.get(task_id)
        if run is None:
            yield f"{task_id} of {name}, due at {due}, is not in the ledger"
        elif (run.entry.name, run.due_at) != (name, due):
            yield f"{task_id} is {run} in the ledger, and came as {name}, due at {due}"
    for task_id in known.keys() - arrived:
        yield f"{task_id}, {known[task_id]}, has not arrived"
