"""Which results are too old, by their age or by the number of newer ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db.models import Q
from djcelery_utils.clock import now

from .deletion import Stretch, after
from .resulttable import IsTrue

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet

LARGEST_SHIFT: Final = timedelta(hours=2)
"""By which a clock is set forward in spring: an hour, and two at a station in Antarctica."""
OLD: Final = Q(stored_at=None)
"""Rows of old releases, which were stored before all others."""
EVERY: Final = Q()
LOOK: Final = 10_000
"""How many rows are looked at in one statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Too old are results stored before a moment, and rows of old releases for which ``old`` holds.

    stored_before: None where that is no result but those of old releases.
    """

    stored_before: datetime | None
    old: Q


def by_age(expires: float | timedelta | None) -> Limit | None:
    """What was stored longer ago than ``expires``, seconds or a timedelta; None: nothing."""
    if expires is None:
        return None
    try:
        age = expires if isinstance(expires, timedelta) else timedelta(seconds=expires)
        done_before = now() - age - _uncertainty()
        return Limit(stored_before=datetime.now(UTC) - age, old=Q(date_done__lt=done_before))
    except OverflowError:  # longer than there is time
        return None


def by_count(rows: QuerySet[Any], of: Q, *, keep: int) -> Limit | None:
    """All but the newest ``keep`` of the ``rows`` for which ``of`` holds; None: there are no more.

    Rows of old releases are taken in the order in which they were first stored. Those stored at
    one moment with the last that stays, stay.
    """
    new = rest = rows.filter(stored_at__isnull=False).order_by("-stored_at")
    while True:
        bound = after(rest, "stored_at", LOOK)
        window = rest if bound is None else rest.filter(stored_at__gte=bound)
        newest = list(window.filter(of).values_list("stored_at", flat=True)[:keep])
        if len(newest) == keep:
            return Limit(stored_before=newest[-1], old=OLD)
        keep -= len(newest)
        if bound is None:
            break
        rest = new.filter(stored_at__lt=bound)
    last = after(rows.filter(OLD, of).order_by("-pk"), "pk", keep)
    return None if last is None else Limit(stored_before=None, old=Q(pk__lte=last))


def too_old(rows: QuerySet[Any], limits: Collection[Limit | None], of: Q = EVERY) -> list[Stretch]:
    """Of the ``rows`` for which ``of`` holds, those that are too old by one of ``limits``."""
    known = [limit for limit in limits if limit is not None]
    if not known:
        return []
    moments = [limit.stored_before for limit in known if limit.stored_before is not None]
    old = Stretch(
        rows=rows.filter(OLD), by="pk", goes=of & reduce(or_, (limit.old for limit in known))
    )
    if not moments:
        return [old]
    return [Stretch(rows=rows.filter(stored_at__lt=max(moments)), by="stored_at", goes=of), old]


def hidden(rows: QuerySet[Any]) -> Stretch:
    """Rows that old releases left hidden, to be deleted by a process that died."""
    return Stretch(rows=rows.filter(IsTrue("hidden")), by="pk")


def _uncertainty() -> timedelta:
    """How far ``date_done``, all that old releases tell, may be off where it is local time."""
    return timedelta() if settings.USE_TZ else LARGEST_SHIFT
