"""Signals that end the process wait until what must not be interrupted is done."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFERRED: Final = (signal.SIGTERM, signal.SIGINT)


class Deferral:
    """Whether a signal has come that waits."""

    def __init__(self) -> None:
        self.received: list[signal.Signals] = []

    def __bool__(self) -> bool:
        return bool(self.received)

    def receive(self, number: int, _frame: object) -> None:
        self.received.append(signal.Signals(number))


@contextmanager
def deferred_signals() -> Iterator[Deferral]:
    """In this block SIGTERM and SIGINT are only noted; those that came are handled after it.

    In another thread than the main one, which gets no signals, nothing changes.
    """
    deferral = Deferral()
    if current_thread() is not main_thread():
        yield deferral
        return
    before = {number: signal.signal(number, deferral.receive) for number in DEFERRED}
    try:
        yield deferral
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
        for number in deferral.received[:1]:
            _handle(number, before[number])


def _handle(number: signal.Signals, handler: Any) -> None:
    if callable(handler):
        handler(number, None)
    else:
        os.kill(os.getpid(), number)
