"""Which rows of a table of results go, and for what reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q
from djcelery_models.deletion import LARGEST, Stretch, count, delete
from djcelery_models.expiry import EVERY, by_age, by_count, hidden, too_old

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.models import QuerySet

    from .retention import Rule

ANY: Final = Q(pk__isnull=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The rows that go for one reason."""

    reason: str
    stretches: Sequence[Stretch]

    def delete(self, *, largest: int = LARGEST) -> Iterator[int]:
        """Delete the rows in batches of at most ``largest``, and yield the size of each."""
        for stretch in self.stretches:
            yield from delete(stretch, largest=largest)

    def count(self) -> int:
        return sum(map(count, self.stretches))


def expired(
    rows: QuerySet[Any],
    *,
    expires: float | timedelta | None,
    rules: Sequence[Rule] = (),
    of: Q = EVERY,
) -> Iterator[Share]:
    """What goes of ``rows``, all on one database; no row is in two shares.

    rules: the first that matches a row decides. expires: of rows that no rule matches, seconds or
    a timedelta; None: they stay. of: what else must hold of a row that goes.
    """
    yield Share(reason="left hidden", stretches=[replace(hidden(rows), goes=of)])
    rest = Q(hidden=False)
    for number, rule in enumerate(rules):
        own = rest & _matched(rule)
        limits = [by_age(rule.expires)]
        if rule.keep is not None:
            limits.append(by_count(rows, own, keep=rule.keep))
        yield Share(reason=f"rule {number}: {rule}", stretches=too_old(rows, limits, own & of))
        rest &= ~_matched(rule)
    if expires is not None:
        age = expires if isinstance(expires, timedelta) else f"{expires:,.10g} seconds"
        reason = f"older than {age}"
        yield Share(reason=reason, stretches=too_old(rows, [by_age(expires)], rest & of))


def _matched(rule: Rule) -> Q:
    name = ANY if rule.name is None else Q(name=rule.name)
    return name if rule.state is None else name & Q(status=rule.state)
