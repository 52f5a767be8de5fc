"""What a worker has in hand when it stores: ids, values, and the request of the task."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from celery.app.task import Context

from .processes import HOSTNAME

if TYPE_CHECKING:
    from random import Random

    from .implementations import Storing


def make_id(chooser: Random) -> str:
    return str(UUID(int=chooser.getrandbits(128), version=4))


def make_request(task_id: str) -> Context:
    return Context(
        id=task_id,
        task="benchmarks.nothing",
        args=[],
        kwargs={},
        argsrepr="()",
        kwargsrepr="{}",
        retries=0,
        hostname=HOSTNAME,
        delivery_info={"exchange": "", "routing_key": "celery"},
        children=[],
    )


def store_success(implementation: Storing, task_ids: list[str], values: list[int]) -> None:
    for task_id, value in zip(task_ids, values, strict=True):
        implementation.store(task_id, "SUCCESS", value, make_request(task_id))
