"""Find the row of a schedule or make it, once, however many processes ask."""

from __future__ import annotations

from typing import TypeVar

from django.db import models, router, transaction

from .periodictasks import PeriodicTasks

M = TypeVar("M", bound=models.Model)


def get_or_create_row(model: type[M], **columns: object) -> M:
    """The oldest row with ``columns``, or a new one.

    Old databases may hold a schedule twice, so no constraint can keep a second row out: who wants
    to make one holds the lock that every edit of the schedule holds, and looks again.
    """
    using = router.db_for_write(model)
    rows = model._default_manager.using(using).filter(**columns).order_by("pk")  # noqa: SLF001  # documented
    found = rows.first()
    if found is None:
        with transaction.atomic(using=using):
            PeriodicTasks.lock(using=using)
            found = rows.first() or rows.create(**columns)
    return found
