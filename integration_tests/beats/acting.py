"""How long a beat takes to act on an edit."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final

from djcelery_models.models import BeatProcess, IntervalSchedule, PeriodicTask, PeriodicTaskRun

from . import editing

if TYPE_CHECKING:
    import random
    from argparse import Namespace
    from collections.abc import Callable

GIVES_UP_SECONDS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Seconds:
    """How long each round took, from the return of the commit, until what."""

    replanned: list[float] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)

    @property
    def figures(self) -> dict[str, float]:
        known = {"replanned": self.replanned, "sent": self.sent}
        return {
            f"{name}_{which}_s": round(of(values), 3)
            for name, values in known.items()
            for which, of in (("median", statistics.median), ("worst", max))
            if values
        }


def await_first_look() -> None:
    seconds_until(BeatProcess.objects.exists)


def time_edits(edited: str, way: str, rounds: int, chooser: random.Random) -> Seconds:
    """Until an entry has another next run, and until one that is due by the edit has run."""
    seconds = Seconds()
    for _round in range(rounds):
        pair = editing.make_pair()
        often = PeriodicTask.objects.filter(pk=pair.often.pk)
        replanned = often.exclude(next_run_at=pair.often.next_run_at)
        runs = PeriodicTaskRun.objects.filter(entry_id=pair.at_once.pk, outcome="sent")
        sleep(chooser.random())  # beat looks once a second: the edit falls anywhere in it
        editing.edit_pair(pair, edited, way)
        committed = monotonic()
        seconds.replanned.append(seconds_until(replanned.exists, since=committed))
        seconds.sent.append(seconds_until(runs.exists, since=committed))
    return seconds


def time_many(way: str, arguments: Namespace, chooser: random.Random) -> Seconds:
    """Until all entries of an interval that is edited are planned anew."""
    used = IntervalSchedule.objects.create(every=1, period="days")
    PeriodicTask.objects.bulk_create(
        PeriodicTask(name=f"{way} {index}", task="shop.tasks.add", interval=used)
        for index in range(arguments.entries)
    )
    users = PeriodicTask.objects.filter(interval=used)
    seconds = Seconds()
    for days in range(2, 2 + arguments.rounds):
        sleep(chooser.random())
        planned_by = users.values_list("planned_by", flat=True)[0]
        editing.WAYS[way](used, {"every": days})
        old = users.filter(planned_by=planned_by)
        seconds.replanned.append(seconds_until(old.exists, is_so=False))
    return seconds


def seconds_until(
    ask: Callable[[], bool], *, is_so: bool = True, since: float | None = None
) -> float:
    """Until ``ask`` gives that; how long it took since ``since``, or from now."""
    began = monotonic() if since is None else since
    while ask() is not is_so:
        assert monotonic() - began < GIVES_UP_SECONDS, "beat has not acted"
        sleep(0.005)
    return monotonic() - began
