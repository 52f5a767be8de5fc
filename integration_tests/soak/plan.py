"""What the soak sends, and what must come of it: the same for the same seed and sizes."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from celery import chain, chord, group, states
from celery.exceptions import ChordError, TaskRevokedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from celery import Celery, Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How a task must end; ``value`` is what it returns, or the repr of what it raises.

    unless_executed: the value of a task that is revoked, if a worker did not know and ran it.
    """

    state: str
    value: object
    unless_executed: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """The tasks that are sent in one go, with ids that tell where they are.

    A task that ignores its result has no end: None.
    """

    app: Celery
    name: str
    chord_size: int
    random: random.Random
    expected: dict[str, Expected | None] = field(default_factory=dict)

    def task(self, name: str, *args: object, expected: Expected | None) -> Signature[Any]:
        task_id = f"{self.name}-{len(self.expected)}"
        self.expected[task_id] = expected
        return self.app.signature(f"shop.tasks.{name}", args, task_id=task_id)

    def body(self, expected: Expected) -> Signature[Any]:
        """A body, which is told its own id: whoever runs it says which chord it is of."""
        task_id = f"{self.name}-{len(self.expected)}"
        return self.task("total", task_id, expected=expected)

    def chord(self, header: list[Signature[Any]], expected: Expected) -> Signature[Any]:
        body = self.body(expected)
        return chord(group(header, app=self.app, task_id=f"header-{body.id}"), body, app=self.app)


Planned = tuple[Unit, "Signature[Any]"]


def succeeds(value: object) -> Expected:
    return Expected(state=states.SUCCESS, value=value)


def raises(error: Exception) -> Expected:
    return Expected(state=states.FAILURE, value=repr(error))


def double(unit: Unit) -> Signature[Any]:
    x = unit.random.randrange(1_000)
    return unit.task("double", x, expected=succeeds(2 * x))


def fail(unit: Unit) -> Signature[Any]:
    x = unit.random.randrange(1_000)
    return unit.task("fail", x, expected=raises(ValueError(x)))


def retry(unit: Unit) -> Signature[Any]:
    x, times = unit.random.randrange(1_000), unit.random.randint(1, 3)
    return unit.task("retry", x, times, expected=succeeds(2 * x))


def give_up(unit: Unit) -> Signature[Any]:
    x, times = unit.random.randrange(1_000), unit.random.randint(1, 3)
    return unit.task("give_up", x, times, expected=raises(ValueError(x)))


def revoked(unit: Unit) -> Signature[Any]:
    x, error = unit.random.randrange(1_000), TaskRevokedError("revoked")
    expected = Expected(state=states.REVOKED, value=repr(error), unless_executed=2 * x)
    return unit.task("double", x, expected=expected)


def groups(unit: Unit) -> Signature[Any]:
    """Two groups in a group."""
    inner = [group([double(unit) for _ in range(4)], app=unit.app) for _ in range(2)]
    return group(inner, app=unit.app, task_id=f"group-{unit.name}")


def steps(unit: Unit) -> Signature[Any]:
    """A chain with a group in it: a worker makes a chord of that and what comes after."""
    x = unit.random.randrange(1_000)
    first = unit.task("double", x, expected=succeeds(2 * x))
    header = [unit.task("double", expected=succeeds(4 * x)) for _ in range(3)]
    return chain(first, group(header, app=unit.app), unit.body(succeeds(12 * x)), app=unit.app)


def whole_chord(unit: Unit) -> Signature[Any]:
    header, value = _header(unit, unit.chord_size)
    return unit.chord(header, succeeds(value))


def broken_chord(unit: Unit) -> Signature[Any]:
    """A chord of which some parts fail: its body names the first."""
    header, _ = _header(unit, unit.chord_size - 3)
    for _ in range(3):
        header.insert(unit.random.randrange(len(header)), fail(unit))
    first = next(part for part in header if part.task == "shop.tasks.fail")
    error = ChordError(f"Dependency {first.id} raised {ValueError(first.args[0])!r}")
    return unit.chord(header, raises(error))


def chord_in_chord(unit: Unit) -> Signature[Any]:
    header, value = _header(unit, unit.chord_size // 2)
    inner = unit.chord(header, succeeds(value))
    more, more_value = _header(unit, unit.chord_size // 2)
    return unit.chord([inner, group(more, app=unit.app)], succeeds(value + more_value))


def _header(unit: Unit, size: int) -> tuple[list[Signature[Any]], int]:
    """Parts that are done in one attempt or more, some without a result; and their sum."""
    header, total = [], 0
    for _ in range(size):
        x = unit.random.randrange(1_000)
        name = unit.random.choice(["double"] * 8 + ["quiet", "retry"])
        more = [1] if name == "retry" else []
        expected = None if name == "quiet" else succeeds(2 * x)
        header.append(unit.task(name, x, *more, expected=expected))
        total += 2 * x
    return header, total


KINDS: dict[str, tuple[Callable[[Unit], Signature[Any]], float]] = {
    "double": (double, 0.15),
    "fail": (fail, 0.06),
    "retry": (retry, 0.06),
    "give-up": (give_up, 0.03),
    "revoke": (revoked, 0.02),
    "groups": (groups, 0.1),
    "steps": (steps, 0.08),
    "chord": (whole_chord, 0.3),
    "broken": (broken_chord, 0.1),
    "nested": (chord_in_chord, 0.1),
}
"""How each kind of unit is made, and its share in the tasks."""


def plan(app: Celery, *, seed: int, tasks: int, chord_size: int) -> list[Planned]:
    """Units of at least so many tasks, in an order of their own, with the signature of each."""
    units: list[Planned] = []
    for kind, (make, share) in KINDS.items():
        planned = 0
        for name in _names(kind):
            unit = Unit(
                app=app, name=name, chord_size=chord_size, random=random.Random(f"{seed}-{name}")
            )
            units.append((unit, make(unit)))
            planned += len(unit.expected)
            if planned >= tasks * share:
                break
    random.Random(seed).shuffle(units)
    return units


def _names(kind: str) -> Iterator[str]:
    number = 0
    while True:
        yield f"{kind}-{number}"
        number += 1
