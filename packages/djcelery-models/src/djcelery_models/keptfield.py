"""A migration operation: a column that stays when the migration is taken back."""

# ruff: noqa: SLF001  # Django documents Model._meta; of its schema editors we take what they give

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.migrations import AddField

from .completion import has_table, missing_columns, missing_indexes

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState


class AddKeptField(AddField):
    """``AddField`` for a column that says how the rows of a later release are read.

    Taken back, it leaves the column and what is in it; an older release sees neither. Run again,
    it finds the column, and adds the index if that is missing. The field must take NULL, since the
    older release writes rows without it.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        connection = schema_editor.connection
        if not self.allow_migrate_model(connection.alias, model):
            return
        field = model._meta.get_field(self.name)
        if not has_table(schema_editor, model) or field in missing_columns(connection, model):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        elif field in missing_indexes(connection, model):  # of a run that was interrupted
            for statement in schema_editor._field_indexes_sql(model, field):  # type: ignore[attr-defined]  # private
                schema_editor.execute(statement)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Leave the column."""
