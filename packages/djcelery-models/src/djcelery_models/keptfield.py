"""A migration operation: a column that stays when the migration is taken back."""

# ruff: noqa: SLF001  # Django documents Model._meta

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.migrations import AddField

from .completion import missing_columns

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState


class AddKeptField(AddField):
    """``AddField`` for a column that says how the rows of a later release are read.

    Taken back, it leaves the column and what is in it; an older release sees neither. Run again,
    it finds the column. The field must take NULL, since the older release writes rows without it.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.collect_sql or self._is_missing(app_label, schema_editor, to_state):
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Leave the column."""

    def _is_missing(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: ProjectState
    ) -> bool:
        model = state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return False
        absent = missing_columns(schema_editor.connection, model)
        return model._meta.get_field(self.name) in absent
