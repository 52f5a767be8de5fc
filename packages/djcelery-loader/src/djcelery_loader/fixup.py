"""What Celery asks of a fixup: to be there when an app is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .autodiscovery import InstalledApps
from .loader import DjangoAppLoader

if TYPE_CHECKING:
    from celery import Celery


def fixup(app: Celery) -> InstalledApps | None:
    """Build the app's loader as soon as the app is made, if the loader is one of ours.

    Celery builds it when the configuration is first read; until then threads other than the one
    that made the app would be given another app.
    """
    return InstalledApps() if isinstance(app.loader, DjangoAppLoader) else None
