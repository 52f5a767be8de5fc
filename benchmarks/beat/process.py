"""A new process for each beat that is measured, and what it says of itself."""

from __future__ import annotations

import gc
import os
import resource
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import billiard
from celery import Celery

from benchmarks.results.processes import Process, serve

from .beats import BEATS

if TYPE_CHECKING:
    from collections.abc import Iterator

QUEUE = "benchmark-beat"


def make_app() -> Celery:
    app = Celery("benchmark", set_as_current=True)
    app.conf.update(
        broker_url=os.environ["BROKER_URL"],
        redbeat_redis_url=os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/3"),
        task_default_queue=QUEUE,
        result_expires=None,
        enable_utc=True,
        timezone="UTC",
    )
    return app


@contextmanager
def process(name: str) -> Iterator[Process]:
    """Fork one with the beat ``name``, that lives as long as the block."""
    here, there = billiard.Pipe()
    child = billiard.Process(target=_serve, args=(there, name))
    child.start()
    there.close()
    try:
        yield Process(here)
    finally:
        here.send(None)
        child.join()


def _serve(channel: Any, name: str) -> None:
    gc.collect()  # or it comes in the midst of what is measured, as the parent has left it
    serve(channel, BEATS[name](make_app()))


def rss_kib() -> int:
    """What this process has in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1_024


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def empty_queue() -> int:
    """Delete the messages that were sent; how many there were."""
    with make_app().connection_for_write() as connection:
        channel: Any = connection.channel()
        channel.queue_declare(QUEUE, durable=True, auto_delete=False)
        return int(channel.queue_purge(QUEUE))
