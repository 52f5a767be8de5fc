"""What all views have in common: methods, errors in JSON, headers."""

from __future__ import annotations

import logging
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.cache import add_never_cache_headers

from .errors import BadArguments, DatabaseDown, MethodNotAllowed, PermissionMissing, ViewsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    View = Callable[..., HttpResponseBase]

logger = logging.getLogger(__name__)

RUN = "djcelery.run_taskstate"
VIEW = "djcelery.view_taskstate"
VIEW_PAYLOAD = "djcelery.view_taskstate_payload"


def answering(*methods: str) -> Callable[[View], View]:
    """Let a view take ``methods`` alone, and answer a ViewsError with its status, in JSON.

    No answer is kept by a browser or a proxy, taken for anything but what it says it is, or, with
    ``LoginRequiredMiddleware``, a redirect: the view knows itself what it needs.
    """

    def decorate(view: View) -> View:
        @login_not_required
        @wraps(view)
        def answer(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponseBase:
            response: HttpResponseBase
            try:
                if request.method not in methods:
                    raise MethodNotAllowed(request.method, ", ".join(methods))
                response = view(request, *args, **kwargs)
            except ViewsError as error:
                response = _refusal(error)
            except (BadRequest, MultiPartParserError, SuspiciousOperation) as error:
                response = _refusal(BadArguments(str(error)))
            except (InterfaceError, OperationalError):
                logger.exception("%s was not answered", request.path)
                response = _refusal(DatabaseDown())
            add_never_cache_headers(response)
            response.headers["X-Content-Type-Options"] = "nosniff"
            return response

        return answer

    return decorate


def _refusal(error: ViewsError) -> JsonResponse:
    return JsonResponse({"error": str(error)}, status=error.status, headers=error.headers)


def require(request: HttpRequest, permission: str) -> None:
    """Raise PermissionMissing unless the user of ``request`` has ``permission``."""
    if not may(request, permission):
        raise PermissionMissing(permission)


def may(request: HttpRequest, permission: str) -> bool:
    """Whether the user of ``request`` has ``permission``; False where nobody is known."""
    user = getattr(request, "user", None)
    return user is not None and user.has_perm(permission)
