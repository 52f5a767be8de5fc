"""Rows read by a statement that Django makes once, for beat asks the same all day."""

from __future__ import annotations

from datetime import UTC
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.conf import settings
from django.db import connections
from django.db.models import DateTimeField

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import Model

M = TypeVar("M", bound="Model")


class Rows(Generic[M]):
    """All columns of a model in one database, and instances made of them as Django does.

    PostgreSQL gives moments without a zone, which psycopg reads in C.
    """

    def __init__(self, model: type[M], using: str) -> None:
        self._model = model
        self._using = using
        meta = model._meta  # noqa: SLF001  # documented
        self.table = connections[using].ops.quote_name(meta.db_table)
        query = model._base_manager.using(using).order_by().query  # noqa: SLF001  # documented
        self._compiler = query.get_compiler(using)
        self._compiler.pre_sql_setup()
        columns = [column for column, _sql, _alias in self._compiler.select]
        shown = [sql for _column, (sql, _params), _alias in self._compiler.select]
        self._converters = self._compiler.get_converters(columns)
        if settings.USE_TZ and connections[using].vendor == "postgresql":
            for place, column in enumerate(columns):
                if isinstance(column.target, DateTimeField):
                    shown[place] += " AT TIME ZONE 'UTC'"
                    self._converters[place] = ([_in_utc], column)
        self._select = f"SELECT {', '.join(shown)} FROM {self.table}"  # noqa: S608  # known
        self._names = [field.attname for field in meta.concrete_fields]

    def where(self, rest: str, params: Sequence[Any] = (), *, index: str = "") -> list[M]:
        """The rows that ``rest`` leaves: what follows on WHERE, in SQL, with ``params``.

        params: as the driver takes them. index: the one to go along, for MariaDB and MySQL, which
        lock each row that they read on another way.
        """
        connection = connections[self._using]
        forced = f" FORCE INDEX ({index})" if index and connection.vendor == "mysql" else ""
        with connection.cursor() as cursor:
            cursor.execute(f"{self._select}{forced} WHERE {rest}", params)
            found: Any = cursor.fetchall()
        if self._converters:
            found = self._compiler.apply_converters(found, self._converters)
        return [self._model.from_db(self._using, self._names, row) for row in found]

    def values(self, name: str, rest: str, params: Sequence[Any] = ()) -> list[Any]:
        """The values of the field ``name`` in the rows that ``rest`` leaves, as in ``where``."""
        place = self._names.index(name)
        column, (sql, _params), _alias = self._compiler.select[place]
        with connections[self._using].cursor() as cursor:
            cursor.execute(f"SELECT {sql} FROM {self.table} WHERE {rest}", params)  # noqa: S608  # beat's own
            found: Any = cursor.fetchall()
        converters = self._compiler.get_converters([column])
        if converters:
            found = self._compiler.apply_converters(found, converters)
        return [value for (value,) in found]

    def by_keys(self, keys: Sequence[Any]) -> dict[Any, M]:
        """The rows of these primary keys."""
        marks = ", ".join(["%s"] * len(keys))
        return {row.pk: row for row in self.where(f"id IN ({marks})", keys)} if keys else {}


def _in_utc(value: datetime | None, *_: object) -> datetime | None:
    return value and value.replace(tzinfo=UTC)


@cache
def rows_of(model: type[M], using: str) -> Rows[M]:
    return Rows(model, using)
