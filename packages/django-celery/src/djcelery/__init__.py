"""Celery integration for Django: the documented names, and an app that brings every component."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from djcelery_utils.components import required

from .__about__ import __version__

with required("djcelery-loader"):
    from djcelery_loader import setup_loader

if TYPE_CHECKING:
    from celery import Celery

    celery: Celery

COMPONENTS = (
    "djcelery_utils",
    "djcelery_loader",
    "djcelery_models",
    "djcelery_backends",
    "djcelery_beat",
    "djcelery_views",
)
APPS = tuple(name for name in COMPONENTS if find_spec(name))
"""Those that are here: ``INSTALLED_APPS += djcelery.APPS`` spells out what ``"djcelery"`` does."""

__all__ = ["APPS", "__version__", "celery", "setup_loader"]


def __getattr__(name: str) -> Any:
    if name == "celery":  # made when asked for: the app may be the project's, which comes later
        from .app import app  # noqa: PLC0415

        return app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
