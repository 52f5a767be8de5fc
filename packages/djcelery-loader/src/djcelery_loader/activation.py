"""Make Celery load its configuration and its tasks through Django."""

from __future__ import annotations

import os

LOADER = "djcelery_loader.loader.DjangoLoader"


def setup_loader() -> None:
    """Let every Celery app that is made from now on use ``DjangoLoader``."""
    os.environ["CELERY_LOADER"] = LOADER
