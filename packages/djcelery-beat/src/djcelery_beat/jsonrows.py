"""Many rows as one value, which costs PostgreSQL and its driver less than a value each."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model


@cache
def recordset(model: type[Model], columns: tuple[str, ...], using: str) -> str:
    """The rows of one parameter as a table ``v``, with these columns of ``model``."""
    meta, connection = model._meta, connections[using]  # noqa: SLF001  # documented
    typed = ", ".join(
        f"{column} {meta.get_field(column).rel_db_type(connection)}"  # type: ignore[union-attr]  # columns
        for column in columns
    )
    return f"json_to_recordset(%s) AS v({typed})"


def as_json(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """The parameter. A moment may be aware or, in the zone of the connection, naive."""
    return json.dumps([dict(zip(columns, row, strict=True)) for row in rows], default=str)
