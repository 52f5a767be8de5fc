"""Refuse to go back to columns that are too narrow for what is stored."""

# ruff: noqa: SLF001  # Django documents Model._meta and the managers beside it

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.migrations.exceptions import IrreversibleError
from django.db.models import AutoField, BigAutoField, CharField
from django.db.models.functions import Length

from .completion import fields_of

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

LARGEST_32_BITS = 2**31 - 1


def refuse_to_narrow(
    connection: BaseDatabaseWrapper, wide: type[Model], narrow: type[Model]
) -> None:
    """Raise IrreversibleError, naming table and row, if a value of ``wide`` does not fit."""
    for field in fields_of(wide):
        present = {narrowed.name: narrowed for narrowed in fields_of(narrow)}
        if field.name in present:
            _refuse_id(connection, wide, field, present[field.name])
            _refuse_text(connection, wide, field, present[field.name])


def _refuse_id(
    connection: BaseDatabaseWrapper,
    model: type[Model],
    wide: Any,
    narrow: Any,
) -> None:
    if isinstance(wide, BigAutoField) and type(narrow) is AutoField:
        rows = model._default_manager.using(connection.alias)
        pk = rows.filter(pk__gt=LARGEST_32_BITS).order_by("pk").values_list("pk", flat=True).first()
        if pk is not None:
            raise IrreversibleError(
                f"{model._meta.db_table}, row {pk}: the {wide.column} {pk} does not fit 32 bits. "
                f"Delete the row, then go back."
            )


def _refuse_text(
    connection: BaseDatabaseWrapper,
    model: type[Model],
    wide: Any,
    narrow: Any,
) -> None:
    if isinstance(wide, CharField) and (wide.max_length or 0) > (narrow.max_length or 0):
        rows = model._default_manager.using(connection.alias)
        long = rows.alias(length=Length(wide.name)).filter(length__gt=narrow.max_length)
        pk = long.order_by("pk").values_list("pk", flat=True).first()
        if pk is not None:
            raise IrreversibleError(
                f"{model._meta.db_table}, row {pk}: {wide.column} is longer than the "
                f"{narrow.max_length} characters of the old column. Shorten it or delete the row, "
                f"then go back."
            )
