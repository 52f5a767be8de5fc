"""Bring tables of MariaDB and MySQL to another shape, each with one statement."""

# ruff: noqa: SLF001  # Django documents Model._meta; of its schema editors we take the names they give

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import AutoField, BigAutoField

from .completion import FOREIGN_KEY_SUFFIX, fields_of, has_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.models import Model

UNICODE = "CHARACTER SET utf8mb4"
TEXT_TYPES = ("varchar", "longtext")
CHANGING_TYPES = (*TEXT_TYPES, "datetime")


def alter_mysql_tables(
    schema_editor: BaseDatabaseSchemaEditor,
    pairs: Sequence[tuple[type[Model], type[Model]]],
) -> None:
    """Give each table the columns of its second model: text in utf8mb4, dates with fractions.

    Foreign keys are dropped first, since they hold the ids as they are; the statement that alters
    a table makes its keys again. The models come in an order in which none refers to a later one.
    What an interrupted run has done already is left as it is: these databases know no rollback.
    """
    for _old, model in pairs:
        for name in foreign_keys(schema_editor, model):
            schema_editor.execute(schema_editor._delete_fk_sql(model, name))  # type: ignore[attr-defined]  # private
    for old, new in pairs:
        table = schema_editor.quote_name(new._meta.db_table)
        changes = ", ".join(column_changes(schema_editor, old, new))
        schema_editor.execute(f"ALTER TABLE {table} {changes}")


def foreign_keys(schema_editor: BaseDatabaseSchemaEditor, model: type[Model]) -> list[str]:
    """The foreign keys that the table has by whatever name; none while there is no table."""
    if not has_table(schema_editor, model):
        return []
    with schema_editor.connection.cursor() as cursor:
        constraints = schema_editor.connection.introspection.get_constraints(
            cursor, model._meta.db_table
        )
    return [name for name, constraint in constraints.items() if constraint["foreign_key"]]


def column_changes(
    schema_editor: BaseDatabaseSchemaEditor, old: type[Model], new: type[Model]
) -> Iterator[str]:
    for before, after in zip(fields_of(old), fields_of(new), strict=True):
        if needs_change(schema_editor, before, after):
            yield f"MODIFY {definition(schema_editor, before, after)}"
    for field in fields_of(new):
        if field.is_relation:
            yield f"ADD {foreign_key(schema_editor, new, field)}"
    if isinstance(old._meta.pk, BigAutoField) and type(new._meta.pk) is AutoField:
        yield "AUTO_INCREMENT=1"  # after the largest id, for the next may lie beyond 32 bits
    yield "ROW_FORMAT=DYNAMIC"  # the older formats cannot index 255 characters of utf8mb4
    yield f"DEFAULT {UNICODE}"


def needs_change(schema_editor: BaseDatabaseSchemaEditor, before: Any, after: Any) -> bool:
    """Text may be in another character set and dates without fractions; else the models tell."""
    kind = str(after.db_type(schema_editor.connection))
    return kind.startswith(CHANGING_TYPES) or kind != before.db_type(schema_editor.connection)


def definition(schema_editor: BaseDatabaseSchemaEditor, before: Any, after: Any) -> str:
    """What the column is to be; a collation stays on the way back, where names would collide."""
    connection = schema_editor.connection
    kind = str(after.db_type(connection))
    text = f" {UNICODE}" if kind.startswith(TEXT_TYPES) else ""
    known = [field.db_parameters(connection).get("collation") for field in (after, before)]
    collation = known[0] or known[1]
    collate = f" COLLATE {collation}" if collation else ""
    null = "NULL" if after.null else "NOT NULL"
    return f"{schema_editor.quote_name(after.column)} {kind}{text}{collate} {null}"


def foreign_key(schema_editor: BaseDatabaseSchemaEditor, model: type[Model], field: Any) -> str:
    target = field.target_field
    quote = schema_editor.quote_name
    name = schema_editor._fk_constraint_name(model, field, FOREIGN_KEY_SUFFIX)  # type: ignore[attr-defined]
    return (
        f"CONSTRAINT {name} FOREIGN KEY ({quote(field.column)}) "
        f"REFERENCES {quote(target.model._meta.db_table)} ({quote(target.column)})"
    )
