"""The arguments in a request, and whether a task can be called with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from celery.local import Proxy
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
    called = signature_of(_task_itself(task))
    if called is None:
        return
    try:
        called.bind(**kwargs)
    except TypeError as error:
        raise BadArguments(f"{task.name}: {error}") from error


def _task_itself(task: Any) -> Any:
    """The task behind what ``shared_task`` gives, which nothing can reference weakly."""
    return task._get_current_object() if isinstance(task, Proxy) else task  # noqa: SLF001  # Celery's own way


def _from_json(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise BadArguments(f"the body is not JSON: {error}") from error
    if not isinstance(given, dict):
        raise BadArguments("the body must be an object of JSON: the arguments by name")
    return given


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is none of its values")
