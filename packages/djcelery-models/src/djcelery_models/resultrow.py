"""What the rows of tasks and of groups have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from .resultfield import stored_fields, to_write

if TYPE_CHECKING:
    from collections.abc import Iterable


class ResultRow(models.Model):
    """A row with a result, how that is written, and whether the row is about to be deleted."""

    stored_result: str | None
    # NULL tells what old releases wrote
    content_type = models.CharField(max_length=128, null=True, default=None, editable=False)  # noqa: DJ001
    content_encoding = models.CharField(max_length=64, null=True, default=None, editable=False)  # noqa: DJ001
    hidden = models.BooleanField(editable=False, default=False, db_index=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Save; a value that was changed in place is noticed, a new one keeps its content type."""
        for field in stored_fields(type(self)).values():
            field.keep_changes(self)
        if update_fields is not None:
            update_fields = to_write(type(self), update_fields)
        super().save(*args, update_fields=update_fields, **kwargs)
