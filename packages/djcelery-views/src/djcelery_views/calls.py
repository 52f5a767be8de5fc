"""The arguments in a request, and whether a task can be called with them."""

from __future__ import annotations

import json
from inspect import ismethod
from math import isfinite
from typing import TYPE_CHECKING, Any, NoReturn

from djcelery_utils.arguments import signature_of

from .errors import BadArguments

if TYPE_CHECKING:
    from celery import Task
    from django.http import HttpRequest

FORMS = ("", "application/x-www-form-urlencoded", "multipart/form-data")
JSON = "application/json"
TOKEN = "csrfmiddlewaretoken"  # noqa: S105  # the name of Django's field


def read_arguments(request: HttpRequest) -> dict[str, Any]:
    """The keyword arguments in the body: the fields of a form, all texts, or an object of JSON.

    Raises BadArguments.
    """
    if request.content_type == JSON:
        return _from_json(request.body)
    if request.content_type not in FORMS:
        raise BadArguments(f"send a form or {JSON}, not {request.content_type}")
    if request.FILES:
        raise BadArguments("a task takes no files")
    return {name: value for name, value in request.POST.items() if name != TOKEN}


def check_call(task: Task[Any, Any], kwargs: dict[str, Any]) -> None:
    """Raise BadArguments if ``task`` cannot be called with ``kwargs``."""
    run: Any = task.run
    itself = (task,) if ismethod(run) else ()
    called = signature_of(run.__func__ if itself else run)
    if called is None:
        return
    try:
        called.bind(*itself, **kwargs)
    except TypeError as error:
        raise BadArguments(f"{task.name}: {error}") from error


def _from_json(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise BadArguments(f"the body is not JSON: {error}") from error
    if not isinstance(given, dict):
        raise BadArguments("the body must be an object of JSON: the arguments by name")
    return given


def _finite(number: str) -> float:
    return float(number) if isfinite(float(number)) else _refuse(number)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is none of its values")
