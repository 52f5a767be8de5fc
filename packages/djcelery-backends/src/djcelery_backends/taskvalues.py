"""What of a task and its request goes into the row of its result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from celery.app.task import Context
from django.conf import settings
from django.db.models import BooleanField, CharField, DateTimeField, IntegerField, TextField
from django.utils import timezone
from djcelery_models.encoding import encode_meta
from djcelery_models.identifier import MAX_LENGTH, IdentifierField
from djcelery_models.resultfield import MetaField, ResultField
from djcelery_models.storeorder import OF_THE_ATTEMPT
from djcelery_models.utcdatetime import StoredAtField, UTCDateTimeField
from djcelery_utils.arguments import show_arguments, signature_of
from djcelery_utils.excerpt import storable
from djcelery_utils.shared import get_shared_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery import Celery
    from django.db.backends.base.base import BaseDatabaseWrapper as Connection
    from djcelery_models.encoding import Stored
    from djcelery_models.upsert import Upsert

UNKNOWN: Final[dict[str, Any]] = dict.fromkeys(OF_THE_ATTEMPT)
NO_CHILDREN: Final = '{"children": []}'
PLAIN_FIELDS: Final = (
    BooleanField,
    CharField,
    IdentifierField,
    IntegerField,
    MetaField,
    ResultField,
    TextField,
)
"""Fields whose values drivers take as they are."""
MOMENTS: Final = (DateTimeField, UTCDateTimeField, StoredAtField)
"""Fields whose values have their zone already; PostgreSQL takes them as they are."""


def as_context(request: Any) -> Context | None:
    """``request`` with all that Celery's have: of a task that no worker knows it has little."""
    if request is None or isinstance(request, Context):
        return request
    return Context(vars(request), task=getattr(request, "name", None))


def note_start(task: Any, **_kwargs: object) -> None:
    """Note in the request when its task starts: receiver of ``task_prerun``."""
    task.request.started_at = datetime.now(UTC)


def result_values(task_id: str, state: str, stored: Stored, traceback: object) -> dict[str, Any]:
    """The columns that every store writes, by field, but ``meta``."""
    moment = datetime.now(UTC)
    return {
        "task_id": task_id,
        "status": state,
        "result": stored.text,
        "content_type": stored.content_type,
        "content_encoding": stored.content_encoding,
        "traceback": None if traceback is None else storable(str(traceback)),
        "hidden": False,
        "date_done": moment if settings.USE_TZ else timezone.now(),
        "stored_at": moment,
    }


def meta_text(children: list[Any] | None, request: Context | None, *, extended: bool) -> str | None:
    """The column ``meta``: the tasks that were sent, the group, and if ``extended`` stamps."""
    meta: dict[str, Any] = {"children": children or []}
    if request is not None:
        if request.group:
            meta["group_id"] = request.group
        if extended and request.stamped_headers:
            stamps = request.stamps or {}
            meta |= {name: stamps[name] for name in request.stamped_headers if name in stamps}
            meta["stamped_headers"] = request.stamped_headers
    return NO_CHILDREN if meta == {"children": []} else encode_meta(meta)


def request_values(request: Context | None) -> dict[str, Any]:
    """The columns that tell of the attempt, by field; None what is not known."""
    if request is None:
        return UNKNOWN
    return UNKNOWN | {
        "name": identifier(getattr(request, "task", None)),
        "worker": identifier(request.hostname),
        "queue": identifier((request.delivery_info or {}).get("routing_key")),
        "retries": request.retries or 0,
        "periodic_task_name": identifier(getattr(request, "periodic_task_name", None)),
        "parent_id": identifier(request.parent_id),
        "root_id": identifier(request.root_id),
        "started_at": getattr(request, "started_at", None),
    }


def argument_values(request: Context, app: Celery) -> dict[str, str]:
    """The columns ``args`` and ``kwargs``: texts, cut and masked as the settings say."""
    task = app.tasks.get(getattr(request, "task", None) or "")
    args, kwargs = show_arguments(
        request.args or (),
        dict(request.kwargs or {}),
        None if task is None else signature_of(task),
        words=get_shared_settings().mask_arguments,
    )
    return {"args": args, "kwargs": kwargs}


def identifier(value: object) -> str | None:
    """``value`` as a column of identifiers holds it: what is too long is cut, with a mark."""
    return None if value is None else _fitting(str(value))


@lru_cache(maxsize=1024)  # most are the same, task after task
def _fitting(text: str) -> str:
    return storable(text, MAX_LENGTH)


def in_order(given: dict[str, Any], statement: Upsert, connection: Connection) -> list[Any]:
    """``given`` as ``statement`` takes its values; of a field that is not given, its default."""
    layout = _layout(statement, connection.vendor)
    try:
        values = [*layout.take(given)]
    except KeyError:
        values = [*layout.take(given | _defaults(statement, given))]
    moment = written = None
    for place, field in layout.moments:
        value = values[place]
        if value is not moment or connection.timezone is not UTC:  # where all fields write it alike
            moment, written = value, field.get_db_prep_value(value, connection, prepared=True)
        values[place] = written
    for place, field in layout.others:
        if values[place] is not None or field.name not in given:
            values[place] = field.get_db_prep_save(values[place], connection)
    return values


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How to take the values of a statement by name, and where those are that need care."""

    take: Callable[[dict[str, Any]], tuple[Any, ...]]
    moments: list[tuple[int, Any]]
    others: list[tuple[int, Any]]


@lru_cache(maxsize=256)
def _layout(statement: Upsert, vendor: str) -> Layout:
    take = itemgetter(*[field.name for field in statement.fields])
    layout = Layout(take=take, moments=[], others=[])
    plain = (*PLAIN_FIELDS, *MOMENTS) if vendor == "postgresql" else PLAIN_FIELDS
    for place, field in enumerate(statement.fields):
        if type(field) not in plain:
            places = layout.moments if type(field) in MOMENTS else layout.others
            places.append((place, field))
    return layout


def _defaults(statement: Upsert, given: dict[str, Any]) -> dict[str, Any]:
    """What the fields that are not given have in a new row."""
    values = {}
    for field in statement.fields:
        if field.name not in given:
            default = field.pre_save(field.model(), add=True)
            is_ready = type(field) in (*PLAIN_FIELDS, *MOMENTS)
            values[field.name] = field.get_prep_value(default) if is_ready else default
    return values
