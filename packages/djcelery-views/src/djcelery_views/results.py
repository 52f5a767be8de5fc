"""What the result backend says of a task."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from celery import current_app
from celery.backends.base import DisabledBackend
from celery.exceptions import BackendError
from django.db import InterfaceError
from django.db import OperationalError as DatabaseOperationalError
from kombu.exceptions import OperationalError

from .answers import VIEW, require
from .errors import NoResults, ResultsDown
from .settings import get_settings

if TYPE_CHECKING:
    from django.http import HttpRequest

logger = logging.getLogger(__name__)

AWAY: Final = (
    BackendError,
    DatabaseOperationalError,
    InterfaceError,
    OperationalError,
    OSError,
)
"""What is raised where a server is away; a backend knows the errors of its client library."""


def backend_for(request: HttpRequest) -> Any:
    """Where results are, if the user may look. Raises PermissionMissing and NoResults."""
    if not get_settings().public_status:
        require(request, VIEW)
    if isinstance(current_app.backend, DisabledBackend):
        raise NoResults
    return current_app.backend


def ask(backend: Any, task_id: str) -> dict[str, Any]:
    """What ``backend`` says of a task. Raises ResultsDown."""
    try:
        meta: dict[str, Any] = backend.get_task_meta(task_id, cache=False)
    except Exception as error:
        if isinstance(error, AWAY) or backend.exception_safe_to_retry(error):
            logger.exception("The result backend was asked for task %s", task_id)
            raise ResultsDown from error
        raise
    return meta
