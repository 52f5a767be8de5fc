"""What the rows of tasks and of groups have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models

from .resultfield import stored_fields, to_write
from .utcdatetime import StoredAtField

if TYPE_CHECKING:
    from collections.abc import Iterable

R = TypeVar("R", bound=models.Model)


class ResultRow(models.Model):
    """A row with a result, how and when that was written, and whether it is about to be deleted.

    ``stored_at`` is what decides whether the result has expired; NULL in rows of old releases.
    """

    stored_result: str | None
    # NULL tells what old releases wrote
    content_type = models.CharField(max_length=128, null=True, default=None, editable=False)  # noqa: DJ001
    content_encoding = models.CharField(max_length=64, null=True, default=None, editable=False)  # noqa: DJ001
    stored_at = StoredAtField(db_index=True)
    hidden = models.BooleanField(editable=False, default=False, db_index=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Save; a value that was changed in place is noticed, a new one keeps its content type."""
        keep_changes([self])
        if update_fields is not None:
            update_fields = to_write(type(self), update_fields)
        super().save(*args, update_fields=update_fields, **kwargs)


def keep_changes(rows: Iterable[R]) -> list[R]:
    """``rows``, each with the text of the values that were changed in place."""
    kept = list(rows)
    for row in kept:
        for field in stored_fields(type(row)).values():
            field.keep_changes(row)
    return kept
