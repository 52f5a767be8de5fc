"""Celery without Django, and one raw upsert a task on a connection that the child keeps."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from celery.signals import task_postrun

from .bare import app
from .raw import connect, storing, upsert_statement

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["app"]

STATEMENT = upsert_statement()  # loads the driver before the process forks


@cache
def stored() -> Callable[[str, str, str], None]:
    return storing(connect().cursor(), STATEMENT)


@task_postrun.connect
def store(*, task_id: str, state: str, retval: Any, **_kwargs: Any) -> None:
    stored()(task_id, state, json.dumps(retval))
