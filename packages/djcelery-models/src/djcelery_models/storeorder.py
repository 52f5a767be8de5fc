"""Which of two stores for one task wins, whatever the order in which they come.

A worker may be lost and the task delivered again, or a message of an earlier attempt be late: what
is stored last need not be what is true. So stores are ordered, by the attempt (``retries``) and
then by the rank of the state; one wins if it is at least where the row is. SUCCESS gives way to
SUCCESS alone. A store that knows no attempt, made outside a task, is of the attempt of the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from celery import states

from .upsert import Over

if TYPE_CHECKING:
    from collections.abc import Callable

RANKS: Final = {
    states.PENDING: 0,
    states.RECEIVED: 1,
    states.STARTED: 2,
    states.RETRY: 3,
    states.FAILURE: 4,
    states.REVOKED: 4,
    states.REJECTED: 4,
    states.IGNORED: 4,
    states.SUCCESS: 5,
}
OF_THE_ATTEMPT: Final = (
    "name",
    "worker",
    "queue",
    "retries",
    "periodic_task_name",
    "parent_id",
    "root_id",
    "args",
    "kwargs",
    "started_at",
)
CUSTOM: Final = RANKS[states.STARTED]
"""A state of the project's own is progress of a task that has started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A state of a task, and in which attempt; None where the attempt is not known."""

    state: str
    retries: int | None = None


def rank(state: str) -> int:
    return RANKS.get(state, CUSTOM)


def wins(new: Attempt, old: Attempt) -> bool:
    """Whether ``new`` is stored over ``old``; the rule that ``over`` puts into SQL."""
    if old.state == states.SUCCESS and new.state != states.SUCCESS:
        return False
    known = old.retries or 0
    retries = known if new.retries is None else new.retries
    return (retries, rank(new.state)) >= (known, rank(old.state))


def over(new: Attempt) -> Over:
    """Where ``new`` is written: over the rows over which it wins.

    A store without an attempt leaves the attempt of the row, and who ran it, as they are. The state
    is assigned before the attempt: once it has changed, the condition holds of the new state too.
    """
    if new.retries is None:
        return Over(condition=_is_as_far(new.state), reads=("status",), keeps=OF_THE_ATTEMPT)
    ordered = (
        "({new_retries} > COALESCE({old_retries}, 0) OR "
        f"({{new_retries}} = COALESCE({{old_retries}}, 0) AND {_is_as_far(new.state)}))"
    )
    if new.state != states.SUCCESS:
        ordered = f"{{old_status}} <> '{states.SUCCESS}' AND {ordered}"
    return Over(condition=ordered, reads=("status", "retries"))


def _is_as_far(state: str) -> str:
    """SQL that is true where the row is in no state of a higher rank."""
    number = rank(state)
    if number < CUSTOM:  # any name that is not listed is a state of the project's own
        return f"{{old_status}} IN ({_listed(lambda other: other <= number)})"
    beyond = _listed(lambda other: other > number)
    return f"{{old_status}} NOT IN ({beyond})" if beyond else "TRUE"


def _listed(is_wanted: Callable[[int], bool]) -> str:
    return ", ".join(f"'{state}'" for state, number in RANKS.items() if is_wanted(number))
