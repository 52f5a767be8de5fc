"""All entries as plain values that JSON holds, and back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import DatabaseError, models, transaction
from djcelery_models.entryquerysets import OF_BEAT
from djcelery_models.entryvalidation import KINDS
from djcelery_models.models import PeriodicTask
from djcelery_models.planning import aware

from .codeentries import site_moment
from .kinds import MODELS

if TYPE_CHECKING:
    from collections.abc import Mapping

BAD: Final = (
    ValidationError,
    FieldDoesNotExist,
    DatabaseError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
)
LEFT_OUT: Final = {"id", "uid", "date_changed", *KINDS, *OF_BEAT}


def exported(using: str) -> list[dict[str, Any]]:
    """Every entry with its schedule, by name; without what beat keeps of it."""
    rows = PeriodicTask.objects.using(using).order_by("name").select_related(*KINDS)
    return [_exported(row) for row in rows]


def _exported(row: PeriodicTask) -> dict[str, Any]:
    values = {name: _plain(getattr(row, name)) for name in _columns()}
    schedules = {
        kind: {name: _plain(getattr(found, name)) for name in _columns_of(kind)}
        for kind in KINDS
        if (found := getattr(row, kind)) is not None
    }
    return {**values, **schedules}


def imported(entries: Any, using: str) -> int:
    """Write entries that ``exported`` has made over those of their names: all, or none.

    Raises ValueError, which names the entry and what is wrong with it.
    """
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError("it is no list of objects, as `celerybeat_schedule export` writes it")
    with transaction.atomic(using=using):
        for entry in entries:
            _import(entry, using)
    return len(entries)


def _import(given: Mapping[str, Any], using: str) -> None:
    name = given.get("name")
    unknown = sorted(set(given) - {*_columns(), *KINDS})
    if not isinstance(name, str) or unknown:
        raise ValueError(f"entry {name!r}: {', '.join(unknown) or 'its name'} is not known")
    found = PeriodicTask.objects.using(using).select_for_update().filter(name=name).first()
    row = found or PeriodicTask(name=name)
    try:
        for column in given:
            if column in KINDS:
                setattr(row, column, _schedule(column, given[column], using))
            else:
                setattr(row, column, _value(column, given[column]))
        for kind in set(KINDS) - set(given):
            setattr(row, kind, None)
        row.clean_fields()
        given_kinds = [kind for kind in KINDS if given.get(kind) is not None]
        if len(given_kinds) > 1 or (row.enabled and not given_kinds):
            raise ValidationError(f"it has {len(given_kinds)} schedules: give it one")
        reason = row.disabled_reason
        row.save(using=using)
    except BAD as error:
        raise ValueError(f"entry {name!r}: {error}") from error
    if reason and not row.enabled:
        PeriodicTask._base_manager.using(using).filter(pk=row.pk).update(disabled_reason=reason)  # noqa: SLF001  # documented


def _schedule(kind: str, columns: Mapping[str, Any], using: str) -> Any:
    model = MODELS[kind]
    missing = sorted(set(_columns_of(kind)) - set(columns))
    if missing:
        raise ValidationError(f"its {kind} lacks {', '.join(missing)}")
    values = {name: model._meta.get_field(name).to_python(columns[name]) for name in columns}  # noqa: SLF001  # documented
    found = model.objects.using(using).filter(**values).order_by("pk").first()
    return found or model.objects.using(using).create(**values)


def _columns() -> list[str]:
    fields = PeriodicTask._meta.concrete_fields  # noqa: SLF001  # documented
    return [field.name for field in fields if field.name not in LEFT_OUT]


def _columns_of(kind: str) -> list[str]:
    fields = MODELS[kind]._meta.concrete_fields  # noqa: SLF001  # documented
    return [field.name for field in fields if field.name not in ("id", "unique_key")]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        moment = aware(value)
        return moment and moment.isoformat()
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _value(column: str, value: Any) -> Any:
    field = PeriodicTask._meta.get_field(column)  # noqa: SLF001  # documented
    if isinstance(field, models.CharField | models.TextField) and not isinstance(value, str | None):
        raise ValidationError(f"{column} is {value!r}, which is no text")
    if isinstance(field, models.DateTimeField) and value is not None:
        return site_moment(column, value)
    return value
