"""The field for names that mean something only if every byte is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    TextColumn = models.CharField[Any, Any]
else:
    TextColumn = models.CharField

MAX_LENGTH = 255


class IdentifierField(TextColumn):
    """Up to 255 characters that compare as bytes on every database.

    MariaDB and MySQL would otherwise take ``ABC``, ``abc`` and ``ábc`` for one task id.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", MAX_LENGTH)
        super().__init__(*args, **kwargs)

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, str | None]:
        """What the column is made of; the collation is asked for only where the default folds."""
        parameters = super().db_parameters(connection)
        if connection.vendor == "mysql":
            parameters["collation"] = "utf8mb4_bin"
        return parameters

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """Leave out the length that every identifier has."""
        name, path, args, kwargs = super().deconstruct()
        if kwargs.get("max_length") == MAX_LENGTH:
            del kwargs["max_length"]
        return name, path, args, kwargs
