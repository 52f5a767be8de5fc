"""System check: the tasks of a site are sent by an app that has the site's settings."""

from __future__ import annotations

from typing import Any

from django.core import checks

from .activation import is_set_up, own_app

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
    """W006 no app reads the settings, W008 ``setup_loader()`` came too late for the app."""
    from .loader import DjangoAppLoader  # noqa: PLC0415  # needs more of Celery than most sites load

    app = own_app()
    if app is None:
        return [] if is_set_up() else [NO_APP]
    return [_too_late(app)] if is_set_up() and not isinstance(app.loader, DjangoAppLoader) else []


def _too_late(app: Any) -> checks.CheckMessage:
    return checks.Warning(
        f"setup_loader() was called after the Celery app {app.main!r} was made: that app keeps "
        f"{app.loader_cls}.",
        hint=(
            "Call djcelery_loader.install(app) where the app is made, and remove setup_loader(); "
            'CELERY_RESULT_BACKEND = "djcelery-database" stores results in the database.'
        ),
        id="djcelery_loader.W008",
    )
