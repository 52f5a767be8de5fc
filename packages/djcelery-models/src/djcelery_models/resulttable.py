"""What makes a table of results cheap to write to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.lookups import Lookup

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.backends.ddl_references import Statement
    from django.db.models import Model
    from django.db.models.sql.compiler import SQLCompiler, _AsSqlType

    BooleanLookup = Lookup[bool]
    NumberColumn = models.BigAutoField[Any, Any]
else:
    BooleanLookup = Lookup
    NumberColumn = models.BigAutoField


class RowNumberField(NumberColumn):
    """A primary key that the database numbers, and for which SQLite writes no second table.

    So SQLite may number a row like the last one, once that is deleted.
    """

    def db_type_suffix(self, connection: BaseDatabaseWrapper) -> str | None:
        """Django's, but for ``AUTOINCREMENT``."""
        return None if connection.vendor == "sqlite" else super().db_type_suffix(connection)


class IsTrue(BooleanLookup):
    """That a boolean is true, in words for which any index on it is taken.

    SQLite takes ``OnlyTrueIndex`` for its very words alone, and another for a comparison; which of
    the two ``filter(hidden=True)`` becomes differs with the database and the release of Django.
    """

    prepare_rhs = False

    def __init__(self, name: str) -> None:
        super().__init__(models.F(name), rhs=True)

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> _AsSqlType:
        sql, params = self.process_lhs(compiler, connection)
        return f"({sql} AND {sql} = true)", (*params, *params)


class OnlyTrueIndex(models.Index):
    """An index on a boolean, of the rows in which it is true: the others pay nothing for it.

    Of all rows where the database has no such index (MariaDB, MySQL). Ask with ``IsTrue``.
    """

    def create_sql(
        self,
        model: type[Model],
        schema_editor: BaseDatabaseSchemaEditor,
        using: str = "",
        **kwargs: Any,
    ) -> Statement:
        """Django's, with the condition."""
        statement = super().create_sql(model, schema_editor, using, **kwargs)
        if schema_editor.connection.features.supports_partial_indexes:
            parts: dict[str, Any] = statement.parts
            parts["condition"] = f" WHERE {parts['columns']}"
        return statement
