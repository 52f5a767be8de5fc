"""Which Celery app a command works with: the project's own, or Celery's default with our loader."""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from itertools import accumulate, takewhile
from typing import TYPE_CHECKING, Any

from celery import Celery, _state
from django.conf import settings

from djcelery_loader.activation import LOADER, setup_loader
from djcelery_loader.celeryapp import is_fallback

if TYPE_CHECKING:
    from collections.abc import Iterator


def use_app_of_project() -> None:
    """Make the project's own app current where it has one; else do what ``setup_loader()`` does.

    The project's own is the one that is there already, or else the one in the module ``celery`` of
    the package that holds the settings, the URLs or the WSGI or ASGI application.
    """
    if _has_own():
        return
    app = _own()
    if app is not None:
        app.set_current()
        app.set_default()
    elif os.environ.get("CELERY_LOADER", LOADER) == LOADER:
        setup_loader()


def _has_own() -> bool:
    state: Any = _state
    app = state._tls.current_app or state.default_app  # noqa: SLF001  # no public way asks only
    return app is not None and not is_fallback(app)


def _own() -> Celery | None:
    for package in _packages():
        name = f"{package}.celery"
        if find_spec(name) is not None:
            for value in vars(import_module(name)).values():
                if isinstance(value, Celery):
                    return value
    return None


def _packages() -> Iterator[str]:
    """For ``proj.settings.dev`` these are ``proj`` and, if it is a package, ``proj.settings``."""
    roots = (
        os.environ.get("DJANGO_SETTINGS_MODULE"),
        getattr(settings, "ROOT_URLCONF", None),
        getattr(settings, "WSGI_APPLICATION", None),
        getattr(settings, "ASGI_APPLICATION", None),
    )
    for root in roots:
        parts = root.split(".") if isinstance(root, str) else []
        yield from takewhile(_is_package, accumulate(parts[:-1], "{}.{}".format))


def _is_package(name: str) -> bool:
    spec = find_spec(name)
    return spec is not None and spec.submodule_search_locations is not None
