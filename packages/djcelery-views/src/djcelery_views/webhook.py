"""Make a webhook of a view: what it returns or raises becomes JSON."""

from __future__ import annotations

import logging
from functools import wraps
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.http import HttpResponseBase, JsonResponse
from kombu.utils.encoding import safe_repr

from .taskjson import shown

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)


def task_webhook(view: Callable[..., Any]) -> Callable[..., Any]:
    """``{"status": "success", "retval": …}``, or ``{"status": "failure", "reason": …}``.

    view: sync or async. A response that it returns is passed on as it is. Which methods it takes,
    CSRF and permissions are its own affair; an error in ``ATOMIC_REQUESTS`` rolls back.
    """
    if iscoroutinefunction(view):

        @wraps(view)
        async def answer_later(*args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                return _success(await view(*args, **kwargs))
            except Exception as error:  # noqa: BLE001  # whatever it is, the caller is told
                return _failure(view, error)

        return answer_later

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return _success(view(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  # whatever it is, the caller is told
            _roll_back()
            return _failure(view, error)

    return answer


def _success(retval: object) -> HttpResponseBase:
    if isinstance(retval, HttpResponseBase):
        return retval
    return JsonResponse({"status": "success", "retval": shown(retval)})


def _failure(view: Callable[..., Any], error: Exception) -> JsonResponse:
    logger.error("The webhook %s has failed", view.__qualname__, exc_info=error)
    return JsonResponse({"status": "failure", "reason": safe_repr(error)})


def _roll_back() -> None:
    """What Django does itself where an error leaves a view."""
    for connection in connections.all(initialized_only=True):
        if connection.settings_dict["ATOMIC_REQUESTS"] and connection.in_atomic_block:
            connection.set_rollback(True)
