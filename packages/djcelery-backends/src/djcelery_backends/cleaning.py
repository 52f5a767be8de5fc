"""Delete what has expired, in batches, over the connection of the caller."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import router
from djcelery_models.deletion import delete

from . import chords
from .expired import expired
from .missing import migrations_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model

    from .retention import Rule

logger = logging.getLogger(__name__)


def delete_results(
    model: type[Model], *, expires: float | None, rules: Sequence[Rule] = ()
) -> None:
    """Delete the rows of ``model`` that ``expired`` names, and log how many and why.

    Raises TablesMissing.
    """
    using = router.db_for_write(model)
    with migrations_named(using):
        rows = model._default_manager.using(using)  # noqa: SLF001  # documented
        for share in expired(rows, expires=expires, rules=rules):
            number = sum(share.delete())
            table = model._meta.db_table  # noqa: SLF001  # documented
            logger.info("%s: %s deleted (%s)", table, number, share.reason)


def delete_chords(seconds: float | None) -> None:
    """Delete the chords that have counted no part for so long; None and 0: none."""
    if not seconds:
        return
    try:
        stretches = chords.expired(timedelta(seconds=seconds))
    except OverflowError:  # longer than there is time
        return
    for stretch in stretches:
        for _number in delete(stretch):
            pass
