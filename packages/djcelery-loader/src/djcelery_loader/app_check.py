"""System check: the tasks of a site are sent by an app that has the site's settings."""

from __future__ import annotations

from typing import Any

from django.core import checks

from .activation import is_set_up
from .celeryapp import default_app, is_fallback

NO_APP = checks.Warning(
    "No Celery app reads these settings: tasks are sent to a broker at localhost.",
    hint=(
        "Call djcelery_loader.setup_loader() (or djcelery.setup_loader()) in the settings, or let "
        "the project's __init__.py import the module that makes its Celery app."
    ),
    id="djcelery_loader.W006",
)


@checks.register("djcelery")
def check_app(**_kwargs: Any) -> list[checks.CheckMessage]:
    """W006 ``setup_loader()`` was not called, and the project has no app of its own."""
    app = default_app()
    has_own = app is not None and not is_fallback(app)
    return [] if has_own or is_set_up() else [NO_APP]
