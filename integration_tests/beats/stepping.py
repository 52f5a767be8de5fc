"""Beats whose clock is set while they send, and what they have sent."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final

from djcelery_models.models import (
    BeatProcess,
    IntervalSchedule,
    Misfire,
    PeriodicTask,
    PeriodicTaskRun,
)

from integration_tests.commands import wait_for_times

from .checking import wrong_messages, wrong_runs
from .course import EVERY, Draining, Ran

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator

    from integration_tests.processes import Process
    from integration_tests.projects import Project
    from integration_tests.proxies import Proxy

    from .setclock import SetClock

STEP: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)
GRACE_SECONDS: Final = 7_200
WAITS_SECONDS: Final = 100
ON_TIME: Final = timedelta(seconds=30)
NEARLY_ALL: Final = 3_000
"""Of the runs that an hour has of an entry that is due every second."""
BACK: Final = "made while it is set back"


class Stepped:
    """Beats that go on while their clock is set forward, back, and forward again.

    server: the way to the database; ``arguments.cut`` cuts it for a moment each time, so that its
    clock is read at once and not within a minute; None: SQLite has no clock of its own.
    """

    def __init__(
        self, project: Project, clock: SetClock, server: Proxy | None, arguments: Namespace
    ) -> None:
        self._project = project
        self._clock = clock
        self._server = server
        self._arguments = arguments
        self._beats: list[Process] = []
        self.ran = Ran(first_due={})
        self.noticed_seconds: list[float] = []
        self.seconds = 0.0
        self.sent_while_back = 0

    def run(self) -> None:
        """Run it, and read the ledger and the messages."""
        self._make(self._arguments.entries, Misfire.RUN_ONCE)
        if not self._arguments.cut:  # what was on its way is decided anew, when it is an hour late
            self._make(self._arguments.entries, Misfire.SKIP)
        self._make(1, Misfire.RUN_ALL)
        began = monotonic()
        with Draining(self._project) as messages:
            self._start_beats()
            await_two_runs(Misfire.RUN_ONCE)
            self._set(STEP)
            await_two_runs(Misfire.RUN_ONCE)
            self._set(timedelta())
            self._go_on_while_back()
            self._set(STEP)
            await_two_runs(Misfire.RUN_ONCE)
            for beat in self._beats:
                assert beat.terminate() == 0
            self.seconds = monotonic() - began
            runs = PeriodicTaskRun.objects.select_related("entry").order_by("due_at")
            self.ran.runs = list(runs)
            self.ran.arrived = messages.all_of({run.task_id for run in runs if run.task_id})

    def _start_beats(self) -> None:
        options = ("-S", "djcelery", "-l", "INFO")
        for _beat in range(self._arguments.beats):
            self._beats.append(self._project.celery("beat", *options, ready="beat: Starting"))

    def _make(self, number: int, misfire: str, name: str = "") -> None:
        is_seldom = misfire == Misfire.RUN_ALL
        interval = IntervalSchedule.from_schedule(MINUTE if is_seldom else EVERY)
        for index in range(number):
            entry = PeriodicTask.objects.create(
                name=f"{name or misfire} {index}",
                task="shop.tasks.add",
                args="[1, 2]",
                interval=interval,
                misfire=misfire,
                misfire_grace_seconds=GRACE_SECONDS if is_seldom else None,
            )
            self.ran.first_due[entry.name] = entry.next_run_at

    def _go_on_while_back(self) -> None:
        """What was sent in that hour already is not sent again; what is new is, at its time."""
        others = PeriodicTaskRun.objects.exclude(entry__name__startswith=BACK)
        self._make(1, Misfire.RUN_ONCE, BACK)
        await_two_runs(BACK)
        before = others.count()
        await_two_runs(BACK)
        self.sent_while_back = others.count() - before

    def _set(self, ahead: timedelta) -> None:
        """Set the clock, and wait until each beat goes by it."""
        self._clock.set(ahead=ahead)
        began = monotonic()
        if self._server is not None and self._arguments.cut:
            self._cut(self._server)
        elif self._server is not None:
            wait_until(self._is_noticed)
        self.noticed_seconds.append(round(monotonic() - began, 1))

    def _cut(self, server: Proxy) -> None:
        away, back = "cannot be used", "beat works again"
        times = [(beat.output.count(away) + 1, beat.output.count(back) + 1) for beat in self._beats]
        server.stop()
        for beat, (number, _) in zip(self._beats, times, strict=True):
            wait_for_times(beat, away, number)
        server.start()
        for beat, (_, number) in zip(self._beats, times, strict=True):
            wait_for_times(beat, back, number)

    def _is_noticed(self) -> bool:
        looked = BeatProcess.objects.values_list("last_tick_at", flat=True)
        return all(abs(moment - self._clock.now()) < STEP / 2 for moment in looked)


def await_two_runs(name: str) -> None:
    """Until each of these entries has run twice more."""
    entries = PeriodicTask.objects.filter(name__startswith=name)
    before = dict(entries.values_list("pk", "total_run_count"))

    def have_run() -> bool:
        now = dict(entries.values_list("pk", "total_run_count"))
        return all(now[key] >= count + 2 for key, count in before.items())

    wait_until(have_run)


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = monotonic() + WAITS_SECONDS
    while not is_so():
        assert monotonic() < deadline
        sleep(0.1)


def find_wrong(stepped: Stepped, *, is_cut: bool) -> Iterator[str]:
    """All that is not as it must be, in words. is_cut: what was on its way may have come twice."""
    by_entry: dict[str, list[PeriodicTaskRun]] = defaultdict(list)
    for run in stepped.ran.runs:
        by_entry[run.entry.name].append(run)
    for name, first in stepped.ran.first_due.items():
        is_seldom = name.startswith(Misfire.RUN_ALL)
        policy, every = ("run_all", MINUTE) if is_seldom else ("run_once", EVERY)
        yield from wrong_runs(name, first, by_entry[name], policy, every)
        yield from _wrong_numbers(name, by_entry[name], stepped.seconds, every)
    if stepped.sent_while_back:
        yield f"{stepped.sent_while_back} runs of the hour before while the clock was set back"
    yield from wrong_messages(stepped.ran)
    for task_id, number in Counter(task_id for task_id, _, _ in stepped.ran.arrived).items():
        if number > 1 and not is_cut:
            yield f"{task_id} has arrived {number} times"


def _wrong_numbers(
    name: str, runs: list[PeriodicTaskRun], seconds: float, every: timedelta
) -> Iterator[str]:
    """The policy applies once to the hour that was left out, and all else runs at its time."""
    sent = [run for run in runs if run.outcome == "sent"]
    in_the_hour = STEP / MINUTE if every == MINUTE else 1
    most = in_the_hour + seconds / every.total_seconds() + 2
    if len(sent) > most:
        yield f"{name} has run {len(sent)} times in {seconds:.0f} s"
    left_out = [run.count for run in runs if run.count > NEARLY_ALL]
    if every == EVERY and len(left_out) != 1:
        yield f"{name} has left out {left_out}"
    if name.startswith(BACK):
        late = [run.sent_at - run.due_at for run in sent[:2] if run.sent_at is not None]
        if any(abs(by) > ON_TIME for by in late):
            yield f"{name} was late by {late}"


def counts(stepped: Stepped) -> dict[str, Any]:
    """For the line that is printed."""
    sent = Counter(run.entry.name for run in stepped.ran.runs if run.outcome == "sent")
    return {
        "noticed_seconds": stepped.noticed_seconds,
        "most_sent_of_an_entry": max(sent.values()),
        "sent_while_back": stepped.sent_while_back,
        **stepped.ran.counts(),
    }
