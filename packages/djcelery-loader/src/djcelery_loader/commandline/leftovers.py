"""Undo what Celery's program leaves behind in a process that lives on."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from celery import current_app

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLES = (
    "CELERY_BROKER_URL",
    "CELERY_RESULT_BACKEND",
    "CELERY_LOADER",
    "CELERY_CONFIG_MODULE",
    "CELERY_SKIP_CHECKS",
)
"""Where Celery's program puts the options ``--broker`` and so on."""


@contextmanager
def tidied_up() -> Iterator[None]:
    """Afterwards ``VARIABLES`` are what they were, and so is the broker of the current app."""
    before = {name: os.environ.get(name) for name in VARIABLES}
    try:
        yield
    finally:
        after = {name: os.environ.pop(name, None) for name in VARIABLES}
        os.environ.update({name: value for name, value in before.items() if value is not None})
        if after != before:
            forget_connections(current_app)


def forget_connections(app: Any) -> None:
    """Let the app connect anew to the broker that its configuration names by now."""
    app._pool = None  # noqa: SLF001  # what Celery itself does after a fork
    app.amqp._producer_pool = None  # noqa: SLF001
