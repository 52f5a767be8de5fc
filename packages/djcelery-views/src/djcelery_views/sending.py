"""Send a task, or find out within seconds that the broker does not take it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from celery.backends.rpc import RPCBackend
from kombu import pools
from kombu.exceptions import LimitExceeded, OperationalError

from .errors import BrokerDown

if TYPE_CHECKING:
    from celery import Celery, Task
    from celery.result import AsyncResult
    from kombu import Connection

logger = logging.getLogger(__name__)

SECONDS: Final = 4
TIMEOUTS: Final = {
    "amqp": {"read_timeout": SECONDS, "write_timeout": SECONDS},
    "redis": {"socket_timeout": SECONDS, "socket_connect_timeout": SECONDS},
}
"""For a broker that takes a connection and is silent then."""
ONCE_MORE: Final = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
"""A connection that was kept may have ended since."""


def send(task: Task[Any, Any], kwargs: dict[str, Any]) -> AsyncResult[Any]:
    """Send ``task``. Raises BrokerDown; where tasks run in place, what the task raises."""
    app: Celery = task.app
    if app.conf.task_always_eager:
        return task.apply_async(kwargs=kwargs)
    connection = bounded_connection(app)
    lost: tuple[type[BaseException], ...] = (
        OperationalError,
        LimitExceeded,
        *connection.connection_errors,
        *connection.channel_errors,
    )
    try:
        with pools.producers[connection].acquire(block=True, timeout=SECONDS) as producer:
            producer.connection.ensure_connection(
                max_retries=max(1, len(connection.alt)), interval_start=0, timeout=SECONDS
            )
            options = {"producer": producer, "retry": True, "retry_policy": ONCE_MORE}
            return task.apply_async(kwargs=kwargs, **options, **_unawaited(task))
    except lost as error:
        logger.warning("%s was not sent to %s: %s", task.name, connection.as_uri(), error)
        raise BrokerDown from error


def _unawaited(task: Task[Any, Any]) -> dict[str, Any]:
    """Options with which Celery does not subscribe to the result: nobody here waits for it.

    A Redis that is away would hold the request up. The worker is told to keep the result as ever.
    RPC needs its queue, which is made over the connection of the producer.
    """
    if task.ignore_result or isinstance(task.app.backend, RPCBackend):
        return {}
    return {"ignore_result": True, "headers": {"ignore_result": False}}


def bounded_connection(app: Celery) -> Connection:
    """A connection of ``app`` that waits for seconds, not for ever; it is not opened yet."""
    known = app.connection_for_write()
    driver = str(known.transport.driver_type)
    options = {**TIMEOUTS.get(driver, {}), **(known.transport_options or {})}
    return app.connection_for_write(transport_options=options)
