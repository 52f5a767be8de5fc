"""The views: start tasks, look at them and follow them. All answers are JSON."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from celery import states
from celery.result import AsyncResult
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.views.decorators.csrf import csrf_protect

from .answers import RUN, VIEW, VIEW_PAYLOAD, answering, may, require
from .calls import check_call, read_arguments
from .events import FINAL_ID, AsyncEvents, SyncEvents
from .registry import find_task, periodic, registered
from .results import ask, backend_for
from .sending import send
from .taskjson import describe
from .webhook import task_webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery import Task
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

__all__ = [
    "apply",
    "is_task_successful",
    "registered_tasks",
    "task_events",
    "task_status",
    "task_view",
    "task_webhook",
]


def task_view(task: Task[Any, Any]) -> Callable[..., HttpResponseBase]:
    """A view that sends ``task`` with the arguments in the body; those in the address come first.

    It takes POST, with Django's protection against CSRF, of users with ``run_taskstate``.
    """

    @answering("POST")
    def start(request: HttpRequest, /, **options: Any) -> HttpResponseBase:
        return _start(request, lambda: task, options)  # a mapping, for one may be named "request"

    return start


@answering("POST")
def apply(request: HttpRequest, task_name: str) -> HttpResponseBase:
    """Send the task of this name, as a ``task_view`` of it does."""
    return _start(request, partial(find_task, task_name), {})


@answering("GET", "HEAD")
def is_task_successful(request: HttpRequest, task_id: str) -> HttpResponseBase:
    """Whether a task has succeeded."""
    is_successful = ask(backend_for(request), task_id)["status"] == states.SUCCESS
    return JsonResponse({"task": {"id": task_id, "executed": is_successful}})


@answering("GET", "HEAD")
def task_status(request: HttpRequest, task_id: str) -> HttpResponseBase:
    """The state of a task, and its result, its progress or what it has raised."""
    meta = ask(backend_for(request), task_id)
    shows_traceback = may(request, VIEW_PAYLOAD)
    return JsonResponse({"task": describe(task_id, meta, shows_traceback=shows_traceback)})


@answering("GET")
def task_events(request: HttpRequest, task_id: str) -> HttpResponseBase:
    """What ``task_status`` says, as server-sent events: at once, and each time it has changed."""
    backend = backend_for(request)
    if request.headers.get("Last-Event-ID") == FINAL_ID:
        return HttpResponse(status=204)  # tells a browser not to connect again
    events = AsyncEvents if isinstance(request, ASGIRequest) else SyncEvents
    result: AsyncResult[Any] = AsyncResult(task_id, backend=backend)
    stream = events(result, shows_traceback=may(request, VIEW_PAYLOAD))
    response = StreamingHttpResponse(stream, content_type="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"  # nginx would hold events back
    response.headers["Content-Encoding"] = "identity"  # and so would GZipMiddleware
    return response


@answering("GET", "HEAD")
def registered_tasks(request: HttpRequest) -> HttpResponseBase:
    """The names of all tasks: those that entries of beat name, and the others."""
    require(request, VIEW)
    named = periodic()
    regular = set(registered()) - named
    return JsonResponse({"regular": sorted(regular), "periodic": sorted(named)})


@csrf_protect
def _start(
    request: HttpRequest, find: Callable[[], Task[Any, Any]], options: dict[str, Any]
) -> HttpResponseBase:
    """Send the task that ``find`` gives, with the arguments in the body, and ``options`` first."""
    require(request, RUN)
    task, kwargs = find(), read_arguments(request) | options
    check_call(task, kwargs)
    return JsonResponse({"ok": "true", "task_id": send(task, kwargs).id})
