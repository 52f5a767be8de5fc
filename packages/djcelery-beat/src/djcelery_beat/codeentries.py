"""The entries that code gives: what they say, and how they meet what the database has.

A column that code has changed is written, unless somebody has edited it since code last wrote it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from celery.beat import BeatLazyFunc
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, connections, router, transaction
from django.utils import timezone
from djcelery_models.entryvalidation import KINDS
from djcelery_models.errors import BadRow
from djcelery_models.models import PeriodicTask
from djcelery_models.planning import aware
from djcelery_models.utcdatetime import UTCDateTimeField

from .errors import BadCodeEntry, BadEntry, RowLocked
from .kinds import described, kind_of, row_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PLAIN: Final = (
    "task",
    "queue",
    "exchange",
    "routing_key",
    "priority",
    "one_off",
    "expire_seconds",
    "misfire",
    "misfire_grace_seconds",
    "overlap",
    "overlap_max_seconds",
    "jitter_seconds",
    "max_failures",
    "description",
)
MOMENTS: Final = ("start_time", "expires")
JSON: Final = ("args", "kwargs", "headers")
COLUMNS: Final = (*PLAIN, *MOMENTS, *JSON)
OPTIONS: Final = ("queue", "exchange", "routing_key", "priority", "headers", "expires")
RETIRED: Final = "It is no longer in the settings."


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeEntry:
    """An entry of the settings: its columns, its schedule, and whether it begins enabled."""

    name: str
    schedule: Any
    columns: dict[str, Any]
    enabled: bool = True

    @property
    def state(self) -> dict[str, Any]:
        """What code says, in plain values that can be compared with a row's."""
        return {**self.columns, "schedule": described(self.schedule)}


def read_entries(schedule: Mapping[str, Any]) -> tuple[list[CodeEntry], list[BadCodeEntry]]:
    """The entries of ``CELERYBEAT_SCHEDULE``, and what is wrong with those that cannot be read."""
    entries, errors = [], []
    for name, given in schedule.items():
        try:
            entries.append(read_entry(name, given))
        except BadCodeEntry as error:
            errors.append(error)
    return entries, errors


@contextmanager
def _as_bad_entry(name: str) -> Iterator[None]:
    """Raise BadCodeEntry for whatever is wrong with an entry, other than a database being away."""
    try:
        yield
    except (BadCodeEntry, OperationalError, InterfaceError):
        raise
    except Exception as error:
        raise BadCodeEntry(name, str(error) or type(error).__name__) from error


def read_entry(name: str, given: Any) -> CodeEntry:
    """``given`` as Celery writes an entry, or with the fields of ``PeriodicTask`` beside.

    Raises BadCodeEntry, which names what is wrong and what can be given.
    """
    with _as_bad_entry(name):
        return _read_entry(name, given)


def _read_entry(name: str, given: Any) -> CodeEntry:
    if not isinstance(name, str):
        raise BadCodeEntry(name, "its name is no text")
    if not isinstance(given, Mapping):
        raise BadCodeEntry(name, f"{given!r} is no dictionary")
    values = dict(given)
    options = values.pop("options", None) or {}
    if not isinstance(options, Mapping):
        raise BadCodeEntry(name, f"'options' is {options!r}, which is no dictionary")
    unknown = [key for key in options if key not in OPTIONS]
    if unknown:
        known = ", ".join(OPTIONS)
        raise BadCodeEntry(name, f"the option {unknown[0]!r} is not kept: known are {known}")
    values = {**values, **options}
    values.pop("relative", None)
    schedule = values.pop("schedule", None)
    enabled = bool(values.pop("enabled", True))
    if isinstance(values.get("expires"), int | float) and not isinstance(values["expires"], bool):
        values["expire_seconds"] = ceil(values.pop("expires"))
    for key in values:
        if key not in COLUMNS:
            raise BadCodeEntry(name, f"{key!r} is not known: known are {', '.join(COLUMNS)}")
    if not values.get("task"):
        raise BadCodeEntry(name, "it names no task: give 'task'")
    kind_of(schedule)
    described(schedule)
    columns = {key: _plain(key, value) for key, value in values.items()}
    return CodeEntry(name=name, schedule=schedule, columns=columns, enabled=enabled)


def _plain(key: str, value: Any) -> Any:
    if key in MOMENTS:
        moment = aware(value) if isinstance(value, datetime) else None
        if moment is None and value is not None:
            raise TypeError(f"{key} is {value!r}: give a datetime, or a number for 'expires'")
        return moment and moment.isoformat()
    if key not in JSON:
        named = getattr(value, "name", value)  # a task or a queue stands for its name
        return PeriodicTask._meta.get_field(key).to_python(named)  # type: ignore[union-attr]  # noqa: SLF001  # documented
    known = list(value or ()) if key == "args" else dict(value or {})
    if any(
        isinstance(item, BeatLazyFunc)
        for item in (known if isinstance(known, list) else known.values())
    ):
        raise TypeError(f"{key} has a BeatLazyFunc, which no database can keep: give its value")
    try:
        return json.dumps(known)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{key} is {value!r}, which is not JSON: {error}") from error


def state_of(row: PeriodicTask, names: Iterable[str]) -> dict[str, Any]:
    """What ``row`` says in those columns, as ``CodeEntry.state`` has it."""
    return {name: _known(row, name) for name in names}


def _known(row: PeriodicTask, name: str) -> Any:
    if name == "schedule":
        try:
            return described(row.one_schedule)
        except BadRow as error:
            return error.reason
    value = getattr(row, name)
    if name in MOMENTS:
        moment = aware(value)
        return moment and moment.isoformat()
    if name in JSON:
        try:
            return json.dumps(json.loads(value or "null"))
        except ValueError:
            return value
    return value


def changes(
    before: Mapping[str, Any] | None, wanted: Mapping[str, Any], found: Mapping[str, Any]
) -> dict[str, Any]:
    """What is to be written of ``wanted``.

    before: what code wrote last; None: it never did, and then everything is its own. found: what
    the row has. What differs from ``before`` was edited by hand, and stays.
    """
    if before is None:
        return {name: value for name, value in wanted.items() if found[name] != value}
    return {
        name: value
        for name, value in wanted.items()
        if found[name] != value
        and value != before.get(name, found[name])
        and found[name] == before.get(name, found[name])
    }


def change_of(row: PeriodicTask | None, entry: CodeEntry) -> dict[str, Any]:
    """What writing ``entry`` would change of ``row``; None: there is none yet."""
    if row is None:
        return {**entry.state, "enabled": entry.enabled}
    before = None if row.code_state is None else json.loads(row.code_state)
    wanted = {**_defaults(before or {}), **entry.state}
    found = changes(before, wanted, state_of(row, wanted))
    if row.disabled_reason == RETIRED and not row.enabled:
        found["enabled"] = True
    return found


def _defaults(names: Iterable[str]) -> dict[str, Any]:
    """What a column holds that code no longer gives."""
    fresh = PeriodicTask()
    return {name: _known(fresh, name) for name in names if name != "schedule"}


def apply_entry(entry: CodeEntry) -> PeriodicTask:
    """Write ``entry`` as far as nobody has edited the row.

    Raises BadCodeEntry, and RowLocked while another transaction has the row.
    """
    with _as_bad_entry(entry.name):
        return _apply_entry(entry)


def _apply_entry(entry: CodeEntry) -> PeriodicTask:
    using = router.db_for_write(PeriodicTask)
    rows = PeriodicTask.objects.using(using)
    with transaction.atomic(using=using):
        row: PeriodicTask | None = unlocked(rows).filter(name=entry.name).first()
        if row is None and rows.filter(name=entry.name).exists():
            raise RowLocked(entry.name, "another transaction has its row")
        if row is None:
            fresh = PeriodicTask(name=entry.name, enabled=entry.enabled)
            _assign(fresh, entry, entry.state)
            rows.bulk_create([fresh], ignore_conflicts=True)
            return rows.get(name=entry.name)
        change = change_of(row, entry)
        state = json.dumps(entry.state)
        if change or row.code_state != state:
            _assign(row, entry, change)
            row.save(using=using)
        written: PeriodicTask = row
        return written


def unlocked(rows: Any) -> Any:
    """``rows`` to be locked; those that another transaction has are left out where that goes."""
    can_pass = connections[rows.db].features.has_select_for_update_skip_locked
    return rows.select_for_update(skip_locked=can_pass)


def _assign(row: PeriodicTask, entry: CodeEntry, change: Mapping[str, Any]) -> None:
    for name, value in change.items():
        if name == "schedule":
            for kind in KINDS:
                setattr(row, kind, None)
            setattr(row, kind_of(entry.schedule), _schedule_row(entry))
        elif name in MOMENTS and value is not None:
            setattr(row, name, site_moment(name, value))
        else:
            setattr(row, name, value)
    row.code_state = json.dumps(entry.state)
    _check(entry, row)


def _schedule_row(entry: CodeEntry) -> Any:
    row = row_of(entry.schedule)
    _check(entry, row)
    return row


def _check(entry: CodeEntry, row: Any) -> None:
    try:
        row.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise BadCodeEntry(entry.name, "; ".join(_told(error))) from error


def site_moment(name: str, value: str) -> datetime:
    """The moment that ISO text names, as the column ``name`` holds it."""
    moment = datetime.fromisoformat(value)
    is_ours = isinstance(PeriodicTask._meta.get_field(name), UTCDateTimeField)  # noqa: SLF001  # documented
    return moment if is_ours or settings.USE_TZ else timezone.make_naive(moment)


def _told(error: ValidationError) -> list[str]:
    return [
        f"{name}: {' '.join(messages)}" for name, messages in sorted(error.message_dict.items())
    ]


def write_entry(name: str, given: Mapping[str, Any]) -> PeriodicTask:
    """Write an entry that code gives by hand, over whatever is there. Raises BadEntry."""
    try:
        return _write_entry(name, given)
    except BadCodeEntry as error:
        raise BadEntry(error.name, error.reason) from error


def _write_entry(name: str, given: Mapping[str, Any]) -> PeriodicTask:
    entry = read_entry(name, given)
    using = router.db_for_write(PeriodicTask)
    with _as_bad_entry(name), transaction.atomic(using=using):
        found = PeriodicTask.objects.using(using).select_for_update().filter(name=name).first()
        row = found or PeriodicTask(name=name)
        code_state = row.code_state
        _assign(row, entry, entry.state)
        row.code_state = code_state
        row.enabled = entry.enabled
        row.save(using=using)
    return row
