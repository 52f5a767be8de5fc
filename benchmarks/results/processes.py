"""A process for each implementation, made as Celery makes those of a worker, and fed by turns."""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import billiard
from celery import platforms, signals
from celery.concurrency.prefork import process_initializer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .implementations import Storing

HOSTNAME = "benchmark@localhost"


class Process:
    """Another process with an implementation, which works on what it is given, one by one."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel

    def call(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """What ``work(implementation, *arguments)`` returns there.

        Raises RuntimeError with the traceback of an error there.
        """
        self.begin(work, *arguments)
        return self.end()

    def begin(self, work: Callable[..., Any], *arguments: Any) -> None:
        self._channel.send((work, arguments))

    def end(self) -> Any:
        is_done, answer = self._channel.recv()
        if not is_done:
            raise RuntimeError(answer)
        return answer


@contextmanager
def process(implementation: Storing, *, in_worker: bool) -> Iterator[Process]:
    """Fork one that lives as long as the block.

    in_worker: whether it is a child of a prefork worker, or a client such as a web process.
    """
    here, there = billiard.Pipe()
    child = billiard.Process(target=_serve, args=(there, implementation, in_worker))
    child.start()
    there.close()
    try:
        yield Process(here)
    finally:
        here.send(None)
        child.join()


def _serve(channel: Any, implementation: Storing, in_worker: bool) -> None:  # noqa: FBT001
    platforms.set_pdeathsig("SIGKILL")  # type: ignore[attr-defined]  # not in celery-types
    if in_worker and implementation.app is not None:
        signals.celeryd_init.send(sender=HOSTNAME, conf=implementation.app.conf)
        process_initializer(implementation.app, HOSTNAME)
    serve(channel, implementation)


def serve(channel: Any, implementation: object) -> None:
    """Do the work that comes, and send back what it returns or the traceback of its error."""
    while given := channel.recv():
        work, arguments = given
        try:
            channel.send((True, work(implementation, *arguments)))
        except Exception:  # noqa: BLE001  # the parent raises it
            channel.send((False, traceback.format_exc()))
