"""Whether each task has ended as it must, and each chord in one body."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from celery import group, states
from celery.result import GroupResult
from djcelery_models.models import ChordMeta, ChordPart, TaskMeta

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from celery import Celery

    from .plan import Expected, Planned


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """An attempt of a task that a worker began; ``chord`` is the id that its body must have."""

    task_id: str
    retries: int
    chord: str | None


def read_executions(path: Path) -> Counter[Execution]:
    """How often each attempt was begun; more than once if its message was delivered again."""
    executions: Counter[Execution] = Counter()
    for line in path.read_text().splitlines():
        task_id, retries, chord = line.split()
        known = chord if chord != "-" else None
        executions[Execution(task_id=task_id, retries=int(retries), chord=known)] += 1
    return executions


def duplicates(executions: Counter[Execution]) -> int:
    return executions.total() - len(executions)


def find_wrong(
    app: Celery, planned: list[Planned], executions: Counter[Execution]
) -> Iterator[str]:
    """What is not as it must be, a line each."""
    expected = {one: end for unit, _ in planned for one, end in unit.expected.items()}
    executed = {execution.task_id for execution in executions}
    yield from _wrong_ends(expected, executed)
    yield from _wrong_executions(expected, executions)
    for unfired in ChordMeta.objects.filter(fired_at=None):
        yield f"{unfired} was not fired"
    for part in ChordPart.objects.all():
        yield f"{part} was not forgotten"
    for unit, signature in planned:
        if type(signature) is group:
            yield from _wrong_group(app, signature.options["task_id"], set(unit.expected))


def _wrong_ends(expected: dict[str, Expected | None], executed: set[str]) -> Iterator[str]:
    missing = {one for one, end in expected.items() if end is not None}
    for row in TaskMeta.objects.iterator():
        missing.discard(row.task_id)
        if row.task_id not in expected:
            yield f"{row.task_id} has a result, but was never sent"
            continue
        end = expected[row.task_id]
        if end is None:
            yield f"{row.task_id} ignores its result, and has one"
        elif (found := _end(row)) not in _allowed(end, is_executed=row.task_id in executed):
            yield f"{row.task_id} has ended as {found}, not as {end}"
    yield from (f"{one} has no result" for one in missing)


def _end(row: TaskMeta) -> tuple[str, object]:
    value: Any = row.result
    return row.status, value if row.status == states.SUCCESS else repr(value)


def _allowed(end: Expected, *, is_executed: bool) -> list[tuple[str, object]]:
    allowed = [(end.state, end.value)]
    if end.unless_executed is not None and is_executed:
        allowed.append((states.SUCCESS, end.unless_executed))
    return allowed


def _wrong_executions(
    expected: dict[str, Expected | None], executions: Counter[Execution]
) -> Iterator[str]:
    executed = {execution.task_id for execution in executions}
    for execution in executions:
        if execution.task_id not in expected:
            yield f"{execution.task_id} was executed, but never sent"
        if execution.chord not in (None, execution.task_id):
            yield f"the body of {execution.chord} was executed as {execution.task_id}"
    for task_id, end in expected.items():
        must_run = end is None or end.state == states.SUCCESS
        if must_run and task_id not in executed:
            yield f"{task_id} was never executed"


def _wrong_group(app: Celery, group_id: str, expected: set[str]) -> Iterator[str]:
    restored = GroupResult.restore(group_id, app=app)
    found = set() if restored is None else {result.id for result in restored.results or ()}
    if found != expected:
        yield f"{group_id} was saved with {sorted(found)}"
