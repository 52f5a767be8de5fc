"""What the rows of tasks and of groups have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models

from .resultfield import is_decoded_name, stored_fields, to_read, to_write
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

    def __getstate__(self) -> dict[str, Any]:
        """Without the decoded values: what a class needs to be pickled is not known of them."""
        keep_changes([self])
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if not is_decoded_name(name)}

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Save; a value that was changed in place is noticed, a new one keeps its content type."""
        keep_changes([self])
        if update_fields is not None:
            update_fields = to_write(type(self), update_fields)
        super().save(*args, update_fields=update_fields, **kwargs)

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: models.QuerySet[Any] | None = None,
    ) -> None:
        """Django's; a value is read with what it takes to decode it."""
        names = None if fields is None else to_read(type(self), fields)
        super().refresh_from_db(using=using, fields=names, from_queryset=from_queryset)


def keep_changes(rows: Iterable[R]) -> list[R]:
    """``rows``, each with the text of the values that were changed in place."""
    kept = list(rows)
    for row in kept:
        for field in stored_fields(type(row)).values():
            field.keep_changes(row)
    return kept
