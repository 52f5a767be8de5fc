"""What a result backend says of a task, as JSON."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any, Final

from celery import states
from djcelery_models.errors import ResultNotDecodable
from djcelery_utils.excerpt import storable
from kombu.utils.encoding import safe_repr

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger(__name__)

MAX_LENGTH: Final = 10_000
UNREADABLE: Final = "the result cannot be read here"


def describe(task_id: str, meta: Mapping[str, Any], *, shows_traceback: bool) -> dict[str, Any]:
    """The task as JSON knows it; where it was to be an exception that is ``exc``, by its class.

    meta: as ``get_task_meta`` of a backend gives it. A result that is not JSON is its repr, cut at
    ``MAX_LENGTH`` characters; one that cannot be read is None, and ``error`` says so.
    """
    described = {"id": task_id, "status": meta["status"]}
    is_exception = meta["status"] in states.EXCEPTION_STATES
    try:
        result = meta["result"]
    except ResultNotDecodable as error:
        logger.warning("%s", error)
        described |= {"result": None, "error": UNREADABLE} | ({"exc": None} if is_exception else {})
    else:
        described |= _raised(result) if is_exception else {"result": shown(result)}
    if is_exception:
        described["traceback"] = meta.get("traceback") if shows_traceback else None
    return described


def shown(value: object) -> object:
    """``value`` where it is JSON, else its repr."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return _repr(value)
    return value


def _raised(error: object) -> dict[str, Any]:
    kind = type(error)
    return {"result": _repr(error), "exc": f"{kind.__module__}.{kind.__qualname__}"}


def _repr(value: object) -> str:
    return storable(safe_repr(value), MAX_LENGTH)
