"""Make Celery load its configuration and its tasks through Django."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from celery import Celery
from celery.loaders.app import AppLoader
from celery.utils.imports import symbol_by_name
from django.core.exceptions import ImproperlyConfigured

from .celeryapp import (
    change_loader,
    default_app,
    is_fallback,
    remove_fixups,
    start_over,
)

if TYPE_CHECKING:
    from celery.loaders.base import BaseLoader

LOADER = "djcelery_loader.loader.DjangoLoader"
APP_LOADER = "djcelery_loader.loader.DjangoAppLoader"
FIXUP = "djcelery_loader.fixup:fixup"


def setup_loader() -> None:
    """Let Celery's default app, and every app that is made from now on, use ``DjangoLoader``.

    For ``settings.py``, before everything that uses Celery, and for ``wsgi.py`` and ``asgi.py``.
    Calling it again changes nothing. An app that the project has made before keeps its loader.
    """
    os.environ["CELERY_LOADER"] = LOADER
    Celery.builtin_fixups.add(FIXUP)
    app = default_app()
    if app is not None and is_fallback(app) and app.loader_cls != LOADER:
        start_over(app, loader=LOADER)


def is_set_up() -> bool:
    """Whether apps get our loader: ``setup_loader()`` was called, or the environment names it."""
    name = os.environ.get("CELERY_LOADER", "")
    if name in ("", LOADER):
        return bool(name)
    from .loader import DjangoLoader  # noqa: PLC0415  # as in install()

    try:
        loader = symbol_by_name(name)
    except (ImportError, AttributeError, TypeError, ValueError):
        return False
    return isinstance(loader, type) and issubclass(loader, DjangoLoader)


def own_app() -> Any:
    """The app of the project's own; None if it has none, or only one that Celery made itself."""
    app = default_app()
    return None if app is None or is_fallback(app) else app


def has_loader() -> bool:
    """Whether the app of this site configures itself by ``DjangoLoader``."""
    from .loader import DjangoLoader  # noqa: PLC0415  # as in install()

    app = own_app()
    return is_set_up() if app is None else isinstance(app.loader, DjangoLoader)


def install(app: Any) -> None:
    """Let ``app``, a project's own, do around its tasks what ``DjangoLoader`` does.

    Takes the place of Celery's own fixup for Django. The configuration stays where the project
    has it, and so does the choice of the modules with tasks. Calling it again changes nothing.
    Raises ImproperlyConfigured if the app has a loader of another kind than Celery's own.
    """
    # What these need of Django and Celery is too much for a settings module to import.
    from celery.fixups.django import DjangoFixup  # noqa: PLC0415

    from .loader import DjangoAppLoader  # noqa: PLC0415

    loader: BaseLoader = app.loader
    if isinstance(loader, DjangoAppLoader):
        return
    if type(loader) is not AppLoader:
        raise ImproperlyConfigured(
            f"{app} has the loader {app.loader_cls}: derive it from {APP_LOADER} in place of "
            f"calling djcelery_loader.install()."
        )
    remove_fixups(app, DjangoFixup)
    change_loader(app, loader=APP_LOADER)
