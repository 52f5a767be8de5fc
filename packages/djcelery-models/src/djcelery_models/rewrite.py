"""A migration operation: many changes, for each of which a table is rewritten once."""

# ruff: noqa: SLF001  # Django documents Model._meta; of its schema editors we take the names they give

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.color import no_style
from django.db import router
from django.db.migrations.operations import SeparateDatabaseAndState

from .completion import fields_of
from .mysqltables import alter_mysql_tables
from .narrowing import refuse_to_narrow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.operations.base import Operation
    from django.db.migrations.state import ProjectState
    from django.db.models import Model


class RewriteTables(SeparateDatabaseAndState):
    """Django's own operations on columns, done together.

    One by one, SQLite and MariaDB would copy a whole table for each of them. On MariaDB and MySQL
    every table of the app is also brought to utf8mb4 and to dates with microseconds, and stays
    so on the way back, which is refused where a value does not fit the old columns.
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.operations = list(operations)
        super().__init__(self.operations, self.operations)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__qualname__, [self.operations], {}

    def describe(self) -> str:
        return "Alter several columns at once: " + ", ".join(
            operation.migration_name_fragment for operation in self.operations
        )

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        else:
            change_tables(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        pairs = model_pairs(app_label, schema_editor, from_state, to_state)
        if not schema_editor.collect_sql:
            for wide, narrow in pairs:
                refuse_to_narrow(schema_editor.connection, wide, narrow)
        if schema_editor.connection.vendor == "postgresql":
            reset_sequences(schema_editor, [wide for wide, _narrow in pairs])
            super().database_backwards(app_label, schema_editor, from_state, to_state)
        else:
            change_tables(app_label, schema_editor, from_state, to_state)


def reset_sequences(schema_editor: BaseDatabaseSchemaEditor, models: list[type[Model]]) -> None:
    """Let ids go on after the largest: a sequence may have run past 32 bits without a row there."""
    for statement in schema_editor.connection.ops.sequence_reset_sql(no_style(), models):
        schema_editor.execute(statement)


def change_tables(
    app_label: str,
    schema_editor: BaseDatabaseSchemaEditor,
    from_state: ProjectState,
    to_state: ProjectState,
) -> None:
    pairs = model_pairs(app_label, schema_editor, from_state, to_state)
    if schema_editor.connection.vendor == "mysql":
        alter_mysql_tables(schema_editor, pairs)
        return
    for before, after in pairs:
        if columns_of(before) != columns_of(after):
            schema_editor._remake_table(after)  # type: ignore[attr-defined]  # private


def model_pairs(
    app_label: str,
    schema_editor: BaseDatabaseSchemaEditor,
    from_state: ProjectState,
    to_state: ProjectState,
) -> list[tuple[type[Model], type[Model]]]:
    """Each model of this database as it is and as it is to be; those that refer come last."""
    alias = schema_editor.connection.alias
    before = from_state.apps.get_app_config(app_label)
    after = to_state.apps.get_app_config(app_label)
    pairs = [
        (before.get_model(model.__name__), model)
        for model in after.get_models()
        if router.allow_migrate_model(alias, model)
    ]
    return sorted(pairs, key=lambda pair: any(f.is_relation for f in pair[1]._meta.local_fields))


def columns_of(model: type[Model]) -> dict[str, Any]:
    """The columns of ``model`` and what they are made of, for comparison."""
    return {field.column: field.deconstruct()[1:] for field in fields_of(model)}
