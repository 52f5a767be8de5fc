"""Signals wait for the end of what must not be interrupted."""

from __future__ import annotations

import os
import signal
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from djcelery_beat.deferral import deferred_signals

if TYPE_CHECKING:
    from collections.abc import Iterator


class Stopped(Exception):
    pass


@pytest.fixture
def _stopping() -> Iterator[None]:
    def stop(_number: int, _frame: object) -> None:
        raise Stopped

    before = signal.signal(signal.SIGTERM, stop)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("_stopping")
def test_a_signal_waits_for_the_end_of_the_block() -> None:
    done = []

    def work() -> None:
        with deferred_signals() as deferral:
            assert not deferral
            os.kill(os.getpid(), signal.SIGTERM)
            done.append(bool(deferral))

    with pytest.raises(Stopped):
        work()
    assert done == [True]


@pytest.mark.usefixtures("_stopping")
def test_after_the_block_signals_come_as_before() -> None:
    with deferred_signals():
        pass

    with pytest.raises(Stopped):
        os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.usefixtures("_stopping")
def test_an_error_in_the_block_does_not_lose_the_signal() -> None:
    def work() -> None:
        with deferred_signals():
            os.kill(os.getpid(), signal.SIGTERM)
            raise ValueError

    with pytest.raises(Stopped):
        work()


def test_in_another_thread_nothing_changes() -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def run() -> None:
        with deferred_signals() as deferral:
            seen.append((bool(deferral), signal.getsignal(signal.SIGTERM) == before))

    thread = Thread(target=run)
    thread.start()
    thread.join()

    assert seen == [(False, True)]
