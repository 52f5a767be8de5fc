"""Keep the entries of the settings in the database."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from celery.schedules import crontab
from django.db import transaction
from djcelery_models.models import PeriodicTask

from .codeentries import RETIRED, apply_entry, read_entry, unlocked
from .errors import BadCodeEntry, RowLocked
from .heartbeat import listed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from celery import Celery

logger = logging.getLogger(__name__)

CLEANUP: Final = "celery.backend_cleanup"
CLEANUP_EXPIRES_SECONDS: Final = 12 * 3_600


def code_schedule(app: Celery) -> dict[str, Any]:
    """The entries of the settings, and the one that cleans up the results where that is needed."""
    schedule: dict[str, Any] = {}
    if app.conf.result_expires and not app.backend.supports_autoexpire:
        schedule[CLEANUP] = {
            "task": CLEANUP,
            "schedule": crontab("0", "4", "*"),
            "options": {"expires": CLEANUP_EXPIRES_SECONDS},
        }
    return schedule | dict(app.conf.beat_schedule)


def apply(schedule: Mapping[str, Any]) -> dict[str, Any]:
    """Write the entries; one that cannot be is logged, and the others are written all the same.

    Returns those whose row another transaction has: they are to be written later.
    """
    locked = {}
    for name, given in schedule.items():
        try:
            apply_entry(read_entry(name, given))
        except RowLocked:
            locked[name] = given
        except BadCodeEntry as error:
            logger.error("%s. The entry was not written.", error)  # noqa: TRY400  # it says it all
    return locked


def retired(using: str, schedule: Mapping[str, Any]) -> dict[str, Any]:
    """Those of ``schedule`` that another beat has disabled, to which this one seemed dead."""
    rows = PeriodicTask.objects.using(using).filter(name__in=[str(name) for name in schedule])
    found = set(rows.filter(enabled=False, disabled_reason=RETIRED).values_list("name", flat=True))
    return {name: given for name, given in schedule.items() if name in found}


def unlisted(
    using: str,
    names: Collection[str],
    now: datetime,
    *,
    among: Collection[str] | None = None,
    at_once: bool = True,
) -> list[str]:
    """The entries that code owns, enabled, and that the code of no living beat lists any more.

    among: the names to look at; None: all there are, which takes as long as there are entries.
    at_once: a beat that has ended does not live; else it has a minute in which to start again.
    """
    rows = PeriodicTask.objects.using(using).filter(enabled=True).exclude(code_state=None)
    if among is not None:
        rows = rows.filter(name__in=set(among) - set(names))
    owned = set(rows.values_list("name", flat=True)) - set(names)
    return sorted(owned - listed(using, now, at_once=at_once)) if owned else []


def retire(
    using: str,
    names: Collection[str],
    now: datetime,
    *,
    among: Collection[str] | None = None,
    at_once: bool = True,
) -> None:
    """Disable those; an entry that comes back is enabled again."""
    for name in unlisted(using, names, now, among=among, at_once=at_once):
        rows = PeriodicTask.objects.using(using)
        with transaction.atomic(using=using):
            free = unlocked(rows).filter(name=name, enabled=True).exclude(code_state=None)
            keys = [row.pk for row in free]
            rows.filter(pk__in=keys).update(enabled=False, disabled_reason=RETIRED)
        if keys:
            logger.info("Periodic task %s was disabled: no beat has it in its settings", name)
