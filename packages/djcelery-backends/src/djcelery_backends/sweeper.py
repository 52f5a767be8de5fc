"""In each worker, look every ten seconds for chords that a process left behind when it died."""

from __future__ import annotations

import logging
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final

from django.db import connections

from .connection import in_worker

if TYPE_CHECKING:
    from .chording import ChordingBackend

logger = logging.getLogger(__name__)

INTERVAL_SECONDS: Final = 10.0

_stopped: list[Event] = []


def worker_is_ready(sender: Any, **_kwargs: object) -> None:
    """Begin to sweep if the worker's results are in the database: receiver of ``worker_ready``.

    Not for a worker in a thread of another program, of which Celery does not say when it ends.
    """
    from .chording import ChordingBackend  # noqa: PLC0415  # needs Django's registry

    backend = sender.app.backend
    if in_worker() and isinstance(backend, ChordingBackend):
        stopped = Event()
        _stopped.append(stopped)
        Thread(target=sweep, args=(backend, stopped), name="djcelery-sweeper", daemon=True).start()


def worker_shuts_down(**_kwargs: object) -> None:
    """Sweep no more: receiver of ``worker_shutdown``."""
    while _stopped:
        _stopped.pop().set()


def sweep(backend: ChordingBackend, stopped: Event) -> None:
    """Fire the chords that were left behind, at once and every ten seconds until ``stopped``."""
    while True:
        try:
            backend.sweep()
        except Exception as error:  # noqa: BLE001  # the boundary of a cycle
            logger.warning("Could not look for chords that were left behind: %s", error)
        finally:
            connections.close_all()  # what only this thread has had open
        if stopped.wait(INTERVAL_SECONDS):
            return
