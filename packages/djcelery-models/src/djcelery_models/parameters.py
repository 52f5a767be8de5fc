"""Many values in a query as one parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models.expressions import RawSQL
from kombu.utils import json

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


def in_one_parameter(connection: BaseDatabaseWrapper, values: list[Any], db_type: str) -> Any:
    """What the lookup ``in`` takes for ``values``, which are as the driver takes them.

    db_type: of a value on PostgreSQL. MariaDB and others have nothing like it: there it is the
    list that was given.
    """
    if connection.vendor == "postgresql":
        return RawSQL(f"SELECT unnest(%s::{db_type}[])", [values])  # noqa: S611  # no value
    if connection.vendor == "sqlite":
        return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(values)])  # no value
    return values
