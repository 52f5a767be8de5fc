"""How long, and how many, results of which tasks are kept: the rules of a setting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from celery import states
from django.core.exceptions import ImproperlyConfigured
from djcelery_utils.settings import converted

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST: Final = 2**63 - 1
"""What a database counts to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is kept of the results that have this task name and this state; None: any.

    expires: seconds, or a timedelta, after which a result goes; None: it never does. keep: the
    number of results, the newest ones, that stay; None: any number.
    """

    name: str | None = None
    state: str | None = None
    expires: float | timedelta | None = None
    keep: int | None = None

    def __str__(self) -> str:
        given = {"name": self.name, "state": self.state, "expires": self.expires, "keep": self.keep}
        told = [f"{key} {value}" for key, value in given.items() if value is not None]
        return ", ".join(told) or "all others"

    def covers(self, other: Rule) -> bool:
        """Whether every result that ``other`` matches is one of this rule."""
        return self.name in (None, other.name) and self.state in (None, other.state)


def rules(setting: str, value: object) -> tuple[Rule, ...]:
    """The rules that ``setting`` lists as dictionaries; the first that matches a result decides.

    Raises ImproperlyConfigured, naming setting, rule and way out.
    """
    if not isinstance(value, list | tuple):
        raise ImproperlyConfigured(f"{setting} is {value!r}; it must be a list of dictionaries.")
    known: list[Rule] = []
    for number, item in enumerate(value):
        known.append(_rule(f"{setting}[{number}]", item))
        _check_is_reached(setting, known)
    return tuple(known)


def _rule(where: str, item: object) -> Rule:
    names = [field.name for field in fields(Rule)]
    if not isinstance(item, Mapping):
        raise ImproperlyConfigured(f"{where} is {item!r}; it must be a dictionary.")
    for key in item:
        if key not in names:
            raise ImproperlyConfigured(f"{where} has {key!r}; known are {', '.join(names)}.")
    if not {"expires", "keep"} & item.keys():
        raise ImproperlyConfigured(
            f"{where} does not say what is kept; give 'expires' (None: for ever) or 'keep'."
        )
    return Rule(
        name=_name(where, item),
        state=_state(where, item),
        expires=_positive(where, item, "expires", float | timedelta | None),
        keep=_number(where, item),
    )


def _converted(where: str, item: Mapping[Any, Any], key: str, hint: Any) -> Any:
    return converted(f"{where}[{key!r}]", item.get(key), hint)


def _name(where: str, item: Mapping[Any, Any]) -> str | None:
    value: str | None = _converted(where, item, "name", str | None)
    if value is not None and "\0" in value:
        raise ImproperlyConfigured(f"{where}['name'] is {value!r}; no task name has a NUL.")
    return value


def _state(where: str, item: Mapping[Any, Any]) -> str | None:
    value: str | None = _converted(where, item, "state", str | None)
    if value is not None and (known := misspelt(value)):
        raise ImproperlyConfigured(f"{where}['state'] is {value!r}; the state is {known!r}.")
    return value


def _number(where: str, item: Mapping[Any, Any]) -> int | None:
    value: int | None = _positive(where, item, "keep", int | None)
    if value is not None and value > LARGEST:
        raise ImproperlyConfigured(
            f"{where}['keep'] is {value!r}; it must be at most {LARGEST}, or None for no limit."
        )
    return value


def misspelt(state: str) -> str | None:
    """The state of Celery's that ``state`` is but for the case of its letters, if it is none."""
    known = state.upper()
    return known if known in states.ALL_STATES and state != known else None


def _positive(where: str, item: Mapping[Any, Any], key: str, hint: Any) -> Any:
    """A limit, which is above zero: elsewhere 0 means for ever, and here it could mean at once."""
    value = _converted(where, item, key, hint)
    zero = timedelta() if isinstance(value, timedelta) else 0
    if value is not None and not value > zero:
        raise ImproperlyConfigured(
            f"{where}[{key!r}] is {value!r}; it must be more than 0, or None for no limit."
        )
    return value


def _check_is_reached(setting: str, known: Sequence[Rule]) -> None:
    *before, last = known
    for number, rule in enumerate(before):
        if rule.covers(last):
            raise ImproperlyConfigured(
                f"{setting}[{len(before)}] is never reached: rule {number} matches all that it "
                f"does. Put the narrower rule first."
            )
