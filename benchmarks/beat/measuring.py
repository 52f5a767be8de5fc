"""What is done in a process with one beat; each returns figures."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from .process import cpu_seconds, rss_kib

IN_VAIN = 20
SEEN_WITHIN = 1
"""Seconds until a beat sees what was made due."""

if TYPE_CHECKING:
    from .beats import Beat


def start(beat: Beat) -> dict[str, float]:
    """From nothing to the end of the first look at which nothing is due."""
    memory, began = rss_kib(), time.perf_counter()
    beat.start()
    seconds = time.perf_counter() - began
    return {"start_ms": 1_000 * seconds, "start_mib": (rss_kib() - memory) / 1_024}


def ticks(beat: Beat, number: int, edits: int) -> dict[str, float]:
    """Looks at which nothing is due, and looks after one entry was saved or updated."""
    beat.start()
    for _ in range(3):
        beat.tick()
    idle = [timed(beat) for _ in range(number)]
    found = {"idle_ms": 1_000 * statistics.median(idle)}
    for name, change in (("edit_ms", beat.edit), ("update_ms", beat.update)):
        changed = []
        for _ in range(edits):
            change()
            changed.append(timed(beat))
            beat.tick()
        found[name] = 1_000 * statistics.median(changed)
    return found


def timed(beat: Beat) -> float:
    began = time.perf_counter()
    beat.tick()
    return time.perf_counter() - began


def begin(beat: Beat) -> None:
    beat.start()


def dispatch(beat: Beat, number: int, most_seconds: float) -> dict[str, float]:
    """Look until ``number`` runs were sent, or until that long has passed, or nothing is sent."""
    time.sleep(SEEN_WITHIN)
    began, cpu, sent, in_vain = time.perf_counter(), cpu_seconds(), 0, 0
    last = began
    while sent < number and time.perf_counter() - began < most_seconds and in_vain < IN_VAIN:
        found = beat.tick()
        sent += found
        if found:
            last, in_vain = time.perf_counter(), 0
        else:
            in_vain += 1
    return {"sent": sent, "began": began, "last": last, "cpu": cpu_seconds() - cpu}
