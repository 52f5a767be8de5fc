"""What all views have in common: methods, errors in JSON, headers."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.views.decorators.cache import never_cache

from .errors import MethodNotAllowed, PermissionMissing, ViewsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    View = Callable[..., HttpResponseBase]

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
        @never_cache
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            response: HttpResponseBase
            try:
                if request.method not in methods:
                    raise MethodNotAllowed(request.method, ", ".join(methods))
                response = view(request, *args, **kwargs)
            except ViewsError as error:
                told = {"error": str(error)}
                response = JsonResponse(told, status=error.status, headers=error.headers)
            response.headers["X-Content-Type-Options"] = "nosniff"
            return response

        return answer

    return decorate


def require(request: HttpRequest, permission: str) -> None:
    """Raise PermissionMissing unless the user of ``request`` has ``permission``."""
    if not may(request, permission):
        raise PermissionMissing(permission)


def may(request: HttpRequest, permission: str) -> bool:
    """Whether the user of ``request`` has ``permission``; False where nobody is known."""
    user = getattr(request, "user", None)
    return user is not None and user.has_perm(permission)
