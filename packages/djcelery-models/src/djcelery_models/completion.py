"""Find what the tables of an old release lack, and add it."""

# ruff: noqa: SLF001  # Django documents Model._meta; of its schema editors we take the names they give

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.models import Model

FOREIGN_KEY_SUFFIX = "_fk_%(to_table)s_%(to_column)s"


def complete_tables(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Add the columns, indexes and foreign keys that the models of ``apps`` have and tables lack.

    SQLite gets no foreign keys here: that takes a new table, which a later migration makes.
    """
    for model in existing_models(apps, schema_editor.connection):
        complete_table(schema_editor, model)


def complete_table(schema_editor: BaseDatabaseSchemaEditor, model: type[Model]) -> None:
    connection = schema_editor.connection
    absent = missing_columns(connection, model)
    for field in absent:
        add_column(schema_editor, model, field)
    for field in missing_indexes(connection, model):
        if field not in absent:
            for statement in schema_editor._field_indexes_sql(model, field):  # type: ignore[attr-defined]  # private
                schema_editor.execute(statement)
    if connection.vendor != "sqlite":
        for field in missing_foreign_keys(connection, model):
            if field not in absent:
                statement = schema_editor._create_fk_sql(model, field, FOREIGN_KEY_SUFFIX)  # type: ignore[attr-defined]  # private
                schema_editor.execute(statement)


def add_column(schema_editor: BaseDatabaseSchemaEditor, model: type[Model], field: Any) -> None:
    """Add the column of ``field``, with its index and its key.

    On SQLite Django would make the table anew, with all columns of ``model``, of which some may be
    absent too; there the column is added with its default.
    """
    if schema_editor.connection.vendor != "sqlite":
        schema_editor.add_field(model, field)
        return
    definition, values = schema_editor.column_sql(model, field, include_default=True)
    written = str(definition) % tuple(schema_editor.quote_value(value) for value in values or ())
    table = schema_editor.quote_name(model._meta.db_table)
    column = schema_editor.quote_name(field.column)
    schema_editor.execute(f"ALTER TABLE {table} ADD COLUMN {column} {written}", None)
    for statement in schema_editor._field_indexes_sql(model, field):  # type: ignore[attr-defined]  # private
        schema_editor.execute(statement)


def has_table(schema_editor: BaseDatabaseSchemaEditor, model: type[Model]) -> bool:
    return model._meta.db_table in schema_editor.connection.introspection.table_names()


def existing_models(apps: Apps, connection: BaseDatabaseWrapper) -> list[type[Model]]:
    """The models of ``apps`` whose table is there."""
    tables = connection.introspection.table_names()
    models = apps.get_app_config("djcelery").get_models()
    return [model for model in models if model._meta.db_table in tables]


def fields_of(model: type[Model]) -> list[Any]:
    """The fields of ``model`` that are columns of its table."""
    return list(model._meta.local_concrete_fields)


def missing_columns(connection: BaseDatabaseWrapper, model: type[Model]) -> list[Any]:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        description = connection.introspection.get_table_description(cursor, table)
    present = {column.name for column in description}
    return [field for field in fields_of(model) if field.column not in present]


def missing_indexes(connection: BaseDatabaseWrapper, model: type[Model]) -> list[Any]:
    indexed = {
        constraint["columns"][0]
        for constraint in _constraints(connection, model)
        if constraint["index"] or constraint["unique"]
    }
    return [field for field in fields_of(model) if field.db_index and field.column not in indexed]


def missing_foreign_keys(connection: BaseDatabaseWrapper, model: type[Model]) -> list[Any]:
    present = {
        constraint["columns"][0]
        for constraint in _constraints(connection, model)
        if constraint["foreign_key"]
    }
    return [
        field
        for field in fields_of(model)
        if field.is_relation and field.db_constraint and field.column not in present
    ]


def _constraints(connection: BaseDatabaseWrapper, model: type[Model]) -> list[Any]:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table)
    return [constraint for constraint in found.values() if len(constraint["columns"]) == 1]
