"""The channel that a batch of messages goes out on, confirmed by the broker as a whole."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from amqp.exceptions import AMQPError
from kombu.exceptions import OperationalError

from .cork import Cork
from .errors import BrokerFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from celery import Celery

CONNECT_SECONDS: Final = 4
BATCH_SECONDS: Final = 2.0
LEAST_SECONDS: Final = 0.5
"""For the answers to the last messages, however long it took to send them all."""
LOST_TRIES: Final = 5


class Confirms:
    """Which messages on one channel the broker has not yet taken, and which it gave back.

    A broker answers while messages are sent, so that all that is left is to wait for the last ones;
    py-amqp itself would wait for each.
    """

    def __init__(self, channel: Any) -> None:
        self._open: set[int] = set()
        self._number = 0
        self._nacks = 0
        self.returned: dict[str, str] = {}
        self._publish, self._wait = channel.basic_publish, channel.wait
        self._cork = Cork(channel.connection.transport.sock)
        channel.confirm_select()
        _ask_nothing_before_each_message(channel)
        channel.basic_publish, channel.wait = self._counted, self._answered
        channel.events["basic_ack"].add(self._acked)
        channel.events["basic_nack"].add(self._nacked)
        channel.events["basic_return"].add(self._gave_back)

    def _counted(self, *args: Any, **kwargs: Any) -> Any:
        self._number += 1
        self._open.add(self._number)
        try:
            self._cork.put_in()
            return self._publish(*args, **kwargs)
        except (OSError, AMQPError):
            raise
        except Exception as error:  # a header, say, that AMQP has no room for
            reason = f"the message cannot be written: {type(error).__name__}: {error}"
            raise BrokerFailed(reason, tries=1) from error

    def push(self) -> None:
        """Hold nothing back."""
        self._cork.pull()

    def _answered(self, *args: Any, **kwargs: Any) -> Any:
        """The answer to another method than the publishing of a message, as of a declaration."""
        self._cork.pull()
        return self._wait(*args, **kwargs)

    def _acked(self, tag: int, multiple: bool) -> None:  # noqa: FBT001  # py-amqp's signature
        if multiple:
            self._open = {number for number in self._open if number > tag}
        else:
            self._open.discard(tag)

    def _nacked(self, tag: int, multiple: bool) -> None:  # noqa: FBT001  # py-amqp's signature
        self._nacks += 1
        self._acked(tag, multiple)

    def _gave_back(self, error: Exception, _exchange: str, _key: str, message: Any) -> None:
        self.returned[message.properties.get("correlation_id", "")] = str(error)

    def wait(self, connection: Any, deadline: float) -> None:
        """Until the broker has answered for all; raises BrokerFailed if it did not take one."""
        self._cork.pull()
        while self._open:
            left = deadline - time.monotonic()
            if left <= 0:
                raise BrokerFailed(f"no confirmation of {len(self._open)} messages")
            try:
                connection.drain_events(timeout=left)
            except TimeoutError:
                continue
        if self._nacks:
            raise BrokerFailed(f"the broker refused {self._nacks} messages (nack)", tries=3)


def _ask_nothing_before_each_message(channel: Any) -> None:
    """Let py-amqp not look each time whether the broker is short of memory.

    One that is confirms nothing, which is noticed in time; and what it has to say about messages is
    read all the same, once they are on their way.
    """
    capabilities = channel.connection.client_properties.get("capabilities", {})
    capabilities["connection.blocked"] = False


class Publisher:
    """One connection to the broker, on which nothing is sent twice without beat's knowing."""

    def __init__(self, app: Celery, make_producer: Any) -> None:
        self._app = app
        self._make_producer = make_producer
        self._connection: Any = None
        self._confirms: Confirms | None = None
        self.producer: Any = None
        self.options: dict[str, Any] = {}
        """How each message is to be sent: once, and given back if no queue takes it."""
        self._deadline = 0.0
        self._left = BATCH_SECONDS

    def connect(self) -> None:
        """Be connected. Raises BrokerFailed if the broker is not there."""
        if self.producer is not None:
            return
        known = self._app.connection_for_write()
        options = dict(known.transport_options or {})
        is_amqp = known.transport.driver_type == "amqp"
        if is_amqp:
            options.setdefault("write_timeout", BATCH_SECONDS)
        self._connection = connection = self._app.connection_for_write(
            heartbeat=0,  # nobody would send any between two batches
            transport_options=options,
        )
        try:
            connection.ensure_connection(
                max_retries=max(1, len(connection.alt)), interval_start=0, timeout=CONNECT_SECONDS
            )
            channel = connection.channel()
            self._confirms = Confirms(channel) if hasattr(channel, "confirm_select") else None
        except Exception as error:
            self.close()
            raise BrokerFailed(f"{known.as_uri()}: {error or type(error).__name__}") from error
        self.options = {"retry": False} | ({"mandatory": True} if self._confirms else {})
        self.producer = self._make_producer(channel, auto_declare=False)
        self.producer.maybe_declare = _once(self.producer.maybe_declare)

    def begin(self) -> None:
        """A batch begins; its messages have two seconds."""
        self._deadline = time.monotonic() + BATCH_SECONDS
        if self._confirms is not None:
            self._confirms.returned.clear()

    def check_time(self) -> None:
        """Raise BrokerFailed if the batch takes too long."""
        if time.monotonic() > self._deadline:
            raise BrokerFailed(f"a batch was not sent within {BATCH_SECONDS:g} s")

    def push(self) -> None:
        """All is sent: let it leave, so that the broker answers while something else is done."""
        self._left = max(LEAST_SECONDS, self._deadline - time.monotonic())
        if self._confirms is not None:
            with suppress(OSError):  # which comes again where the answers are read
                self._confirms.push()

    def confirm(self) -> dict[str, str]:
        """Wait until the broker has taken the batch; the ids of what no queue took, with reasons.

        It has what is left of the two seconds, without what was done since ``push``. Raises
        BrokerFailed.
        """
        if self._confirms is None:
            return {}
        try:
            self._confirms.wait(self._connection, time.monotonic() + self._left)
        except BrokerFailed:
            raise
        except Exception as error:
            raise self.failure(error) or error from error
        return dict(self._confirms.returned)

    def failure(self, error: BaseException) -> BrokerFailed | None:
        """What ``error`` means for the batch; None: it is about the one message alone."""
        for cause in _causes(error):
            if isinstance(cause, BrokerFailed):
                return cause
            if isinstance(cause, self._connection.channel_errors):
                return BrokerFailed(str(cause), tries=1)
            if isinstance(cause, (OperationalError, OSError, *self._connection.connection_errors)):
                # of the connection, or of what the project does around a message
                return BrokerFailed(str(cause) or type(cause).__name__, tries=LOST_TRIES)
        return None

    def close(self) -> None:
        """Let go of the connection; the next batch opens another."""
        connection, self._connection = self._connection, None
        self.producer = self._confirms = None
        if connection is not None:
            with suppress(Exception):  # what is broken is left as it is
                connection.collect(socket_timeout=0.1)


def _once(declare: Callable[..., Any]) -> Callable[..., None]:
    """A producer's ``maybe_declare``, without a queue bound anew to find that it is known."""
    known: set[int] = set()

    def maybe_declare(entity: Any, **options: Any) -> None:
        if hash(entity) not in known:
            declare(entity, **options)
            if entity.can_cache_declaration:  # it does not go when nobody uses it
                known.add(hash(entity))

    return maybe_declare


def _causes(error: BaseException) -> Iterator[BaseException]:
    """``error`` and what it was raised for, the innermost first."""
    chain = [error]
    while (inner := chain[-1].__cause__ or chain[-1].__context__) is not None:
        chain.append(inner)
    yield from reversed(chain)
