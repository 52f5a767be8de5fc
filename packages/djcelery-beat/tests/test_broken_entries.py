"""One entry that breaks whatever it touches stops no other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from djcelery_beat.schedulers import DatabaseScheduler, ModelEntry
from djcelery_models.models import (
    ClockedSchedule,
    IntervalSchedule,
    PeriodicTask,
    PeriodicTaskRun,
)

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

THE_END = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)


def change(name: str, **columns: Any) -> None:
    """Put ``columns`` in as SQL does, and let beat look."""
    entries = PeriodicTask._base_manager.filter(name=name)
    entries.update(**columns, check_at=datetime.now(UTC) - timedelta(hours=1))


@pytest.mark.parametrize(
    "columns",
    [
        {"misfire": "run-once", "next_run_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"start_time": datetime(1, 1, 1, tzinfo=UTC), "planned_by": None},
        {"args": "[" * 100_000},
        {"kwargs": "{1: 2}"},
    ],
)
def test_an_entry_that_cannot_be_decided_on_is_disabled(
    beat: Any, make_entry: Any, ledger: Any, columns: dict[str, Any]
) -> None:
    make_entry("bad")
    make_entry()
    change("bad", **columns)

    assert len(beat.run(after=10)) == 1

    bad = PeriodicTask.objects.get(name="bad")
    assert not bad.enabled
    assert bad.disabled_reason
    assert ledger("bad") == [("broken", 1)]


def test_a_moment_at_the_end_of_time_with_jitter_is_disabled(beat: Any, make_entry: Any) -> None:
    moment = ClockedSchedule.objects.create(clocked_time=THE_END)
    make_entry("bad", clocked=moment)
    make_entry()
    change("bad", jitter_seconds=2_000_000_000, planned_by=None)

    assert len(beat.run(after=10)) == 1


def test_more_runs_than_a_column_can_count_are_told_as_many(
    beat: Any, make_entry: Any, ledger: Any
) -> None:
    tiny = IntervalSchedule.objects.create(every=1, period="microseconds")
    make_entry(interval=tiny, misfire="skip", misfire_grace_seconds=0)
    change("entry", next_run_at=datetime.now(UTC) - timedelta(hours=2))

    beat.scheduler.tick()

    assert ("misfire", 2**31 - 1) in ledger()


UNREADABLE = {
    "postgresql": "UPDATE djcelery_periodictask SET start_time = 'infinity' WHERE name = 'bad'",
    "sqlite": (
        "UPDATE djcelery_periodictask SET start_time = '2026-13-45 00:00:00' WHERE name = 'bad'"
    ),
}


def test_a_row_that_cannot_be_read_is_disabled(beat: Any, make_entry: Any) -> None:
    statement = UNREADABLE.get(connection.vendor)
    if statement is None:  # MariaDB refuses such values itself
        return
    make_entry("bad")
    make_entry()
    beat.run()
    with connection.cursor() as cursor:
        cursor.execute(statement)
    beat.clock.move(10)

    for _look in range(4):
        beat.scheduler.tick()

    assert [one["periodic_task_name"] for one in beat.sent()] == ["entry"]
    columns = PeriodicTask.objects.filter(name="bad").values_list("enabled", "disabled_reason")
    enabled, reason = columns.get()
    assert not enabled
    assert "cannot be read" in reason


class Failing(ModelEntry):
    """Reads a file that is not there."""

    @property
    def kwargs(self) -> dict[str, Any]:  # type: ignore[override]  # as ModelEntry has it
        if self.model.name == "bad":
            raise self.error
        return super().kwargs

    error: Exception = FileNotFoundError("arguments.json")


class Scheduler(DatabaseScheduler):
    Entry = Failing


@pytest.mark.parametrize("error", [FileNotFoundError("a.json"), ConnectionResetError("http")])
def test_a_hook_that_fails_as_a_broker_does_stops_only_its_entry(
    make_beat: Callable[..., Any], make_entry: Any, ledger: Any, error: Exception
) -> None:
    Failing.error = error
    beat = make_beat(scheduler=Scheduler, result_expires=None)
    make_entry("bad")
    make_entry()
    beat.run()
    beat.clock.move(10)

    for _look in range(12):
        beat.scheduler.tick()

    assert {one["periodic_task_name"] for one in beat.sent()} == {"entry"}
    assert ledger("bad") == [("not_sent", 1)]


def test_runs_that_fail_alike_are_one_row(beat: Any, make_entry: Any, ledger: Any) -> None:
    def add(x: int) -> int:
        return x

    beat.register(add)
    make_entry()

    for _run in range(5):
        beat.run(after=10)

    assert ledger() == [("not_sent", 5)]
    assert PeriodicTask.objects.get().failures == 5


def test_a_moment_whose_sending_failed_says_so(beat: Any, make_entry: Any) -> None:
    def add(x: int) -> int:
        return x

    beat.register(add)
    moment = datetime.now(UTC) + timedelta(seconds=5)
    make_entry(clocked=ClockedSchedule.from_schedule(moment))

    beat.run(after=6)

    assert "could not be sent" in PeriodicTask.objects.get().disabled_reason


def test_of_many_missed_runs_of_an_entry_for_once_the_others_are_told(
    beat: Any, make_entry: Any, ledger: Any
) -> None:
    make_entry(one_off=True, misfire="run_all")

    assert len(beat.run(after=45)) == 1

    assert ledger() == [("sent", 1), ("misfire", 3)]
    assert PeriodicTaskRun.objects.get(outcome="misfire").reason == "the entry runs once"
