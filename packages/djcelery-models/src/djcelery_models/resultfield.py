"""Fields whose text is decoded when somebody looks at the value, not when the row is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.db import models
from django.db.models.expressions import Col, Expression

from . import encoding
from .encoding import Stored
from .errors import ResultNotDecodable
from .resultlookups import StoredExact, StoredIn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler, _AsSqlType

    TextColumn = models.TextField[Any, Any]
else:
    TextColumn = models.TextField

SEPARATOR: Final = "\x1f"
DECODED: Final = "_decoded_"
MUTABLE: Final = (list, dict, set, bytearray)


class FixtureText(str):
    """Text that a fixture gives for a field: it is stored as it is."""

    __slots__ = ()


class StoredField(TextColumn):
    """Text in the database, a value in Python: ``row.result`` is what ``row.stored_result`` says.

    The value is decoded on access and remembered; the text changes only with the value. Queries
    name the field ``result``; lookups other than ``exact`` and ``in`` look at the text.
    ``values()`` gives values; one that cannot be decoded is the ResultNotDecodable it raises.
    """

    owner_noun: ClassVar[str] = "task"
    owner_field: ClassVar[str] = "task_id"
    written_with: ClassVar[tuple[str, ...]] = ()
    read_with: ClassVar[tuple[str, ...]] = ()

    def encode(self, value: Any, owner: str) -> Stored:
        raise NotImplementedError

    def decode(self, stored: Stored) -> Any:
        raise NotImplementedError

    def contribute_to_class(self, cls: type[models.Model], name: str, **kwargs: Any) -> None:  # type: ignore[override]  # the stubs name what Django passes on
        super().contribute_to_class(cls, name, **kwargs)
        setattr(cls, self.name, DecodedAttribute(self))

    def get_attname(self) -> str:
        return f"stored_{self.name}"

    def get_attname_column(self) -> tuple[str, str]:
        return self.get_attname(), self.db_column or self.name

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """Migrations see the text alone, so they do not depend on this class."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def get_col(self, alias: str, output_field: models.Field[Any, Any] | None = None) -> Col:
        return StoredCol(alias, self, output_field)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the fields that say how to read the text."""
        return (*self.written_with, *self.read_with)

    def to_python(self, value: Any) -> Any:
        """What a fixture holds: text as it is stored; a value where old fixtures write that."""
        return FixtureText(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        return value

    def clean(self, value: Any, _row: models.Model | None) -> Any:
        return value

    def from_selected(
        self, value: str | None, _expression: Expression, _connection: BaseDatabaseWrapper
    ) -> Any:
        """The value, where ``StoredCol`` has selected what is needed for it; else the text."""
        if not (value and value.startswith(SEPARATOR)):
            return value
        *told, owner, text = value[1:].split(SEPARATOR, len(self.columns) + 1)
        known = {name: part or None for name, part in zip(self.columns, told, strict=True)}
        stored = Stored(text=text, owner=self.owner_name(owner), **known)
        try:
            return self.decode(stored)
        except ResultNotDecodable as error:
            return error

    def owner_name(self, identifier: str) -> str:
        return f"{self.owner_noun} {identifier}" if identifier else f"a {self.owner_noun}"

    def stored(self, row: models.Model) -> Stored:
        """The text of ``row`` and what is needed to read it."""
        known = {name: getattr(row, name) for name in self.columns}
        owner = self.owner_name(getattr(row, self.owner_field))
        return Stored(text=getattr(row, self.attname), owner=owner, **known)

    def keep_changes(self, row: models.Model) -> None:
        """Encode a value again that was changed in place since it was decoded."""
        decoded = row.__dict__.get(_decoded_name(self))
        if decoded is None or not isinstance(decoded[1], MUTABLE):
            return
        stored, value = decoded
        if stored == self.stored(row) and value != self.decode(stored):
            setattr(row, self.name, value)


StoredField.register_lookup(StoredExact)
StoredField.register_lookup(StoredIn)


class ResultField(StoredField):
    """What a task returned, or the exception that it raised."""

    written_with = ("content_type", "content_encoding")
    read_with = ("status",)

    def encode(self, value: Any, owner: str) -> Stored:
        return encoding.encode(value, backend=encoding.codec(), owner=owner)

    def decode(self, stored: Stored) -> Any:
        return encoding.decode(stored, backend=encoding.codec())


class GroupField(StoredField):
    """A saved group: ``GroupResult``."""

    owner_noun = "group"
    owner_field = "taskset_id"
    written_with = ("content_type", "content_encoding")

    def encode(self, value: Any, owner: str) -> Stored:
        return encoding.encode_group(value, backend=encoding.codec(), owner=owner)

    def decode(self, stored: Stored) -> Any:
        return encoding.decode_group(stored, backend=encoding.codec())


class MetaField(StoredField):
    """What belongs to a task besides its result: ``{"children": [...]}``."""

    def encode(self, value: Any, owner: str) -> Stored:
        return Stored(text=encoding.encode_meta(value), owner=owner)

    def decode(self, stored: Stored) -> Any:
        return encoding.decode_meta(stored, backend=encoding.codec())


class DecodedAttribute:
    """The value of a ``StoredField`` on a row."""

    def __init__(self, field: StoredField) -> None:
        self.field = field

    def __get__(self, row: models.Model | None, _owner: type[models.Model]) -> Any:
        if row is None:
            return self
        stored = self.field.stored(row)
        decoded = row.__dict__.get(_decoded_name(self.field))
        if decoded is None or decoded[0] != stored:
            decoded = stored, self.field.decode(stored)
            row.__dict__[_decoded_name(self.field)] = decoded
        return decoded[1]

    def __set__(self, row: models.Model, value: Any) -> None:
        field = self.field
        if isinstance(value, FixtureText):
            setattr(row, field.attname, str(value))
            return
        stored = field.encode(value, field.owner_name(getattr(row, field.owner_field)))
        setattr(row, field.attname, stored.text)
        for name in field.written_with:
            setattr(row, name, getattr(stored, name))
        row.__dict__[_decoded_name(field)] = field.stored(row), value


class StoredCol(Col):
    """The column of a ``StoredField``; for ``values()`` it brings what is needed to decode it."""

    target: StoredField
    is_decoded = False

    def get_db_converters(self, connection: BaseDatabaseWrapper) -> list[Any]:
        """None for rows, which decode on access: a converter costs Django a copy of each."""
        converters: list[Any] = super().get_db_converters(connection)
        return [*converters, self.target.from_selected] if self.is_decoded else converters

    def select_format(self, compiler: SQLCompiler, sql: str, params: Any) -> _AsSqlType:
        """One text: what it takes to decode, whose it is (not where rows merge), what is stored."""
        query = compiler.query
        if query.default_cols or query.subquery:
            return sql, params
        self.is_decoded = True
        merged = query.distinct or query.group_by is not None
        names = self.target.columns if merged else (*self.target.columns, self.target.owner_field)
        told = [_told(compiler.compile(self._beside(name))[0]) for name in names]
        parts = [*told, *(["''"] if merged else []), sql]
        separated = [part for each in parts for part in (f"'{SEPARATOR}'", each)]
        if compiler.connection.vendor == "mysql":
            return f"CONCAT({', '.join(separated)})", params
        return " || ".join(separated), params

    def _beside(self, name: str) -> Col:
        fields = self.target.model._meta.concrete_fields  # noqa: SLF001  # documented
        return Col(self.alias, next(field for field in fields if field.name == name))


def stored_fields(model: type[models.Model]) -> dict[str, StoredField]:
    """The fields of ``model`` that are decoded on access, by name."""
    fields = model._meta.concrete_fields  # noqa: SLF001  # documented
    return {field.name: field for field in fields if isinstance(field, StoredField)}


def _by_both_names(model: type[models.Model]) -> dict[str, StoredField]:
    fields = stored_fields(model)
    return fields | {field.attname: field for field in fields.values()}


def to_write(model: type[models.Model], names: Iterable[str]) -> list[str]:
    """``names`` of fields, and the names of those that must be written with them."""
    fields, wanted = _by_both_names(model), list(names)
    beside = [other for name in wanted if name in fields for other in fields[name].written_with]
    return list(dict.fromkeys([*wanted, *beside]))


def to_read(model: type[models.Model], names: Iterable[str]) -> list[str]:
    """``names`` of fields, and the names of those that are needed to decode them."""
    fields, wanted = _by_both_names(model), list(names)
    known = [fields[name] for name in wanted if name in fields]
    beside = [other for field in known for other in (*field.columns, field.owner_field)]
    return list(dict.fromkeys([*wanted, *beside]))


def _told(column: str) -> str:
    return f"REPLACE(COALESCE({column}, ''), '{SEPARATOR}', ' ')"


def _decoded_name(field: StoredField) -> str:
    return f"{DECODED}{field.name}"


def is_decoded_name(name: str) -> bool:
    """Whether a row keeps a decoded value under this name."""
    return name.startswith(DECODED)
