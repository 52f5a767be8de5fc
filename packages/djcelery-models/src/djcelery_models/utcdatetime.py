"""The field for moments that mean the same on every site: UTC on disk, aware in Python."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.expressions import Expression
    from django.db.models.sql.compiler import SQLCompiler, _AsSqlType

    MomentColumn = models.DateTimeField[Any, Any]
else:
    MomentColumn = models.DateTimeField


class UTCDateTimeField(MomentColumn):
    """An aware datetime, whatever ``USE_TZ`` and ``TIME_ZONE`` say.

    Django's own field holds local time where ``USE_TZ`` is off, and an hour of that comes twice a
    year. A naive value raises ValueError.
    """

    def to_python(self, value: Any) -> Any:
        """What a fixture or a form holds. Text without a zone is taken as UTC."""
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        return _in_utc(self.name, value)

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(value)

    def get_db_prep_value(
        self,
        value: Any,
        connection: BaseDatabaseWrapper,
        prepared: bool = False,  # noqa: FBT001, FBT002  # Django's signature
    ) -> Any:
        """Aware for PostgreSQL; the others have no zones, and get what UTC is without one."""
        moment = value if prepared else self.get_prep_value(value)
        if not isinstance(moment, datetime) or connection.vendor == "postgresql":
            return moment
        return connection.ops.adapt_datetimefield_value(moment.replace(tzinfo=None))

    def select_format(self, compiler: SQLCompiler, sql: str, params: Any) -> _AsSqlType:
        """Ask PostgreSQL for UTC where ``USE_TZ`` is off: it would answer in local time."""
        is_local = compiler.connection.vendor == "postgresql" and not settings.USE_TZ
        if is_local and not compiler.query.subquery:
            return f"{sql} AT TIME ZONE 'UTC'", params
        return sql, params

    def get_db_converters(self, connection: BaseDatabaseWrapper) -> list[Any]:
        """None where PostgreSQL is asked for UTC: a converter costs Django a copy of each row."""
        if connection.vendor == "postgresql" and connection.timezone is UTC:
            return []
        converters: list[Any] = super().get_db_converters(connection)
        return converters

    def from_db_value(
        self, value: datetime | None, _expression: Expression, connection: BaseDatabaseWrapper
    ) -> datetime | None:
        """Where Django has given a zone to what the others have stored without, it was UTC."""
        if value is None:
            return None
        is_guessed = connection.vendor != "postgresql" and value.tzinfo is connection.timezone
        if value.tzinfo is None or is_guessed:
            return value.replace(tzinfo=UTC)
        return value.astimezone(UTC)


class StoredAtField(UTCDateTimeField):
    """When the row was last stored; NULL in a row that a release without this field has written.

    Not ``auto_now``, for which a migration would stamp the rows that are there.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "null": True, "editable": False})

    def pre_save(self, model_instance: models.Model, add: bool) -> datetime:  # noqa: ARG002, FBT001  # Django's signature
        moment = datetime.now(UTC)
        setattr(model_instance, self.attname, moment)
        return moment

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """Migrations see a column that takes NULL, and do not depend on this class."""
        name, _path, args, kwargs = super().deconstruct()
        return name, f"{UTCDateTimeField.__module__}.{UTCDateTimeField.__qualname__}", args, kwargs


def _in_utc(name: str, value: Any) -> Any:
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None:
        raise ValueError(f"{name} is {value!r}, without a time zone: give an aware datetime.")
    return value.astimezone(UTC)
