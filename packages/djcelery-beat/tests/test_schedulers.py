"""What beat sends, when, and what it leaves behind."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid5

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from djcelery_beat.schedulers import DatabaseScheduler, ModelEntry
from djcelery_models.models import (
    BeatProcess,
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    Misfire,
    PeriodicTask,
    PeriodicTaskRun,
    TaskState,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_django import DjangoAssertNumQueries, Settings

    MakeEntry = Callable[..., PeriodicTask]

pytestmark = pytest.mark.django_db


def again(entry: PeriodicTask) -> Any:
    return PeriodicTask.objects.get(pk=entry.pk)


def add(x: int, y: int) -> int:
    return x + y


def test_an_entry_is_sent_when_it_is_due(beat: Any, make_entry: MakeEntry, ledger: Any) -> None:
    entry = make_entry()

    assert beat.run() == []
    assert len(beat.run(after=10)) == 1
    assert beat.run(after=5) == []
    assert len(beat.run(after=5)) == 1

    assert again(entry).total_run_count == 2
    assert again(entry).last_run_at is not None
    assert ledger() == [("sent", 1), ("sent", 1)]


def test_a_message_has_what_the_entry_says(beat: Any, make_entry: MakeEntry) -> None:
    make_entry(
        name="nightly",
        args="[1, 2]",
        kwargs='{"x": "é"}',
        headers='{"tenant": "blue"}',
        priority=3,
        expire_seconds=60,
    )
    beat.run()
    beat.clock.move(10)
    while not beat.scheduler.tick():
        pass

    (message,) = beat.messages()

    args, kwargs, _embed = message.payload
    assert (args, kwargs) == ([1, 2], {"x": "é"})
    assert message.properties["priority"] == 3
    assert message.headers["tenant"] == "blue"
    assert message.headers["periodic_task_name"] == "nightly"
    expires = datetime.fromisoformat(message.headers["expires"])
    assert timedelta(seconds=50) < expires - datetime.now(UTC) <= timedelta(seconds=60)


def test_the_id_of_a_task_follows_from_entry_and_due_time(beat: Any, make_entry: MakeEntry) -> None:
    entry = make_entry()
    due = again(entry).next_run_at

    (headers,) = beat.run(after=10)

    assert headers["periodic_task_due_at"] == due.isoformat()
    assert headers["id"] == str(uuid5(again(entry).uid, due.isoformat()))
    assert PeriodicTaskRun.objects.get().task_id == headers["id"]


def test_a_registered_task_is_sent_through_its_own_apply_async(
    beat: Any, make_entry: MakeEntry
) -> None:
    beat.register(add, time_limit=77)

    make_entry(args="[1, 2]")
    beat.run()
    beat.clock.move(10)
    while not beat.scheduler.tick():
        pass

    (message,) = beat.messages()
    assert message.headers["timelimit"] == [77, None]
    assert PeriodicTask.objects.get().remark == ""


def test_a_task_that_is_not_registered_is_sent_with_a_remark(
    beat: Any, make_entry: MakeEntry
) -> None:
    entry = make_entry()

    assert len(beat.run(after=10)) == 1
    assert "known to beat" in again(entry).remark


def test_wrong_arguments_of_a_registered_task_are_an_entry_that_was_not_sent(
    beat: Any, make_entry: MakeEntry, ledger: Any
) -> None:
    beat.register(add)

    entry, other = make_entry(args="[1]"), make_entry(name="other", args="[1, 2]")

    assert len(beat.run(after=10)) == 1
    assert ledger() == [("not_sent", 1)]
    assert "missing 1 required" in PeriodicTaskRun.objects.get(entry=entry).reason
    assert again(entry).failures == 1
    assert ledger("other") == [("sent", 1)]
    assert again(other).failures == 0


def test_an_entry_that_fails_too_often_is_disabled_and_says_so(
    beat: Any, make_entry: MakeEntry
) -> None:
    beat.register(add)

    entry = make_entry(args="[1]", max_failures=2)

    beat.run(after=10)
    assert again(entry).enabled
    beat.run(after=10)

    assert not again(entry).enabled
    assert "2 failures to send" in again(entry).disabled_reason
    assert again(entry).check_at is None


def test_who_enables_an_entry_again_takes_the_reason_away(beat: Any, make_entry: MakeEntry) -> None:
    entry = make_entry(one_off=True)
    beat.run(after=10)
    assert "run once" in again(entry).disabled_reason

    PeriodicTask.objects.filter(pk=entry.pk).update(enabled=True)

    assert again(entry).disabled_reason == ""
    beat.run()
    assert len(beat.run(after=10)) == 1


def test_an_entry_for_once_runs_once(beat: Any, make_entry: MakeEntry, ledger: Any) -> None:
    make_entry(one_off=True)

    assert len(beat.run(after=10)) == 1
    assert beat.run(after=100) == []
    assert ledger() == [("sent", 1)]


def test_a_moment_is_sent_once_and_then_the_entry_is_disabled(
    beat: Any, make_entry: MakeEntry
) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=5)
    entry = make_entry(clocked=ClockedSchedule.from_schedule(moment))

    assert beat.run() == []
    assert len(beat.run(after=6)) == 1
    assert beat.run(after=600) == []
    assert "its moment has passed" in again(entry).disabled_reason


def test_what_expires_is_not_sent_any_more(beat: Any, make_entry: MakeEntry, ledger: Any) -> None:
    from django.utils import timezone

    entry = make_entry(expires=timezone.now() + timedelta(seconds=15))

    assert len(beat.run(after=10)) == 1
    assert beat.run(after=10) == []
    assert beat.run(after=100) == []
    assert ledger() == [("sent", 1)]
    assert "expires before its next run" in again(entry).disabled_reason


def test_what_was_due_before_it_expired_and_is_looked_at_later_is_not_sent(
    beat: Any, make_entry: MakeEntry, ledger: Any
) -> None:
    from django.utils import timezone

    make_entry(expires=timezone.now() + timedelta(seconds=15))

    assert beat.run(after=20) == []
    assert ledger() == [("expired", 1)]


def test_the_first_of_the_runs_that_were_missed_is_sent_for_all(
    beat: Any, make_entry: MakeEntry, ledger: Any
) -> None:
    entry = make_entry()
    first = again(entry).next_run_at

    (headers,) = beat.run(after=45)

    assert headers["periodic_task_due_at"] == first.isoformat()
    assert ledger() == [("sent", 1), ("misfire", 3)]
    assert "misfire is run_once" in PeriodicTaskRun.objects.get(outcome="misfire").reason
    assert again(entry).next_run_at == first + timedelta(seconds=40)


def test_all_that_were_missed_are_sent_in_order(
    beat: Any, make_entry: MakeEntry, ledger: Any
) -> None:
    make_entry(misfire=Misfire.RUN_ALL)

    dues = [headers["periodic_task_due_at"] for headers in beat.run(after=45)]

    assert dues == sorted(dues)
    assert ledger() == [("sent", 1)] * 4


def test_what_is_missed_by_more_than_its_grace_is_skipped(
    beat: Any, make_entry: MakeEntry, ledger: Any
) -> None:
    make_entry(misfire=Misfire.SKIP, misfire_grace_seconds=2)

    assert beat.run(after=45) == []
    assert ledger() == [("misfire", 4)]
    assert len(beat.run(after=5.5)) == 1


def test_a_paused_entry_is_not_sent_and_goes_on_from_when_it_is_resumed(
    beat: Any, make_entry: MakeEntry, ledger: Any
) -> None:
    entry = make_entry()
    beat.run(after=10)
    counted = again(entry)
    entries: Any = PeriodicTask.objects.filter(pk=entry.pk)
    entries.pause()

    assert beat.run(after=10) == []
    assert beat.run(after=10) == []
    assert ledger() == [("sent", 1), ("paused", 2)]
    assert again(entry).last_run_at == counted.last_run_at
    assert again(entry).total_run_count == 1

    assert entries.resume() == 1
    assert beat.run() == []
    assert len(beat.run(after=10)) == 1


def test_a_run_is_skipped_while_the_one_before_is_not_finished(
    make_beat: Any, make_entry: MakeEntry, ledger: Any, tmp_path: Path
) -> None:
    beat = make_beat(result_backend=f"file://{tmp_path}", result_expires=None)
    entry = make_entry(overlap="skip", overlap_max_seconds=60)

    (first,) = beat.run(after=10)
    assert beat.run(after=10) == []
    assert beat.run(after=10) == []
    assert ledger() == [("sent", 1), ("overlap", 2)]
    assert first["ignore_result"] is False

    beat.app.backend.store_result(first["id"], 4, "SUCCESS")
    (second,) = beat.run(after=10)
    assert beat.run(after=10) == []
    assert len(beat.run(after=60)) == 1
    assert second["id"] != first["id"]
    assert again(entry).total_run_count == 3


def test_without_a_result_backend_what_the_camera_has_seen_tells_of_an_overlap(
    make_beat: Any, make_entry: MakeEntry, ledger: Any
) -> None:
    beat = make_beat(result_backend="disabled://")
    entry = make_entry(overlap="skip")
    (first,) = beat.run(after=10)
    seen = TaskState.objects.create(
        task_id=first["id"], state="STARTED", tstamp=again(entry).last_run_at
    )

    assert beat.run(after=10) == []
    assert ledger() == [("sent", 1), ("overlap", 1)]
    seen.state = "SUCCESS"
    seen.save()

    assert len(beat.run(after=10)) == 1


def test_of_runs_that_were_missed_one_is_sent_at_a_time_where_they_must_not_overlap(
    make_beat: Any, make_entry: MakeEntry, ledger: Any, tmp_path: Path
) -> None:
    beat = make_beat(result_backend=f"file://{tmp_path}", result_expires=None)
    make_entry(overlap="skip", misfire="run_all")

    assert len(beat.run(after=45)) == 1
    assert ledger() == [("sent", 1), ("overlap", 3)]


def test_jitter_puts_a_run_off_and_changes_neither_its_time_nor_its_id(
    beat: Any, make_entry: MakeEntry
) -> None:
    entry = make_entry(jitter_seconds=8)
    planned = again(entry)
    put_off = (planned.check_at - planned.next_run_at).total_seconds()
    assert 0 < put_off < 8

    assert beat.run(after=10) == []
    (headers,) = beat.run(after=put_off)

    assert headers["periodic_task_due_at"] == planned.next_run_at.isoformat()


def test_jitter_longer_than_the_interval_loses_no_run(
    beat: Any, make_entry: MakeEntry, ledger: Any
) -> None:
    make_entry(jitter_seconds=100)

    for _step in range(300):
        beat.run(after=1)

    outcomes = ledger()
    assert {outcome for outcome, _count in outcomes} == {"sent"}
    assert len(outcomes) >= 19


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"args": "[1"}, "args is not JSON"),
        ({"kwargs": "{'a': 1}"}, "kwargs is not JSON"),
        ({"headers": "[]"}, "headers is not a JSON object"),
    ],
)
def test_an_entry_that_sql_has_broken_is_disabled_with_the_reason(
    beat: Any, make_entry: MakeEntry, ledger: Any, columns: dict[str, str], reason: str
) -> None:
    entry, other = make_entry(), make_entry(name="other")
    PeriodicTask.objects.filter(pk=entry.pk).update(**columns)

    assert len(beat.run(after=10)) == 1
    assert ledger() == [("broken", 1)]
    assert reason in again(entry).disabled_reason
    assert again(other).enabled


@pytest.mark.parametrize(
    ("model", "columns", "reason"),
    [
        (IntervalSchedule, {"every": 0, "period": "seconds"}, "above zero"),
        (IntervalSchedule, {"every": -5, "period": "seconds"}, "above zero"),
        (IntervalSchedule, {"every": 1, "period": "weeks"}, "no period"),
        (CrontabSchedule, {"minute": "75"}, "75"),
        (CrontabSchedule, {"timezone": "Mars/Base"}, "Mars/Base"),
        (CrontabSchedule, {"day_of_month": "31", "month_of_year": "2"}, "never occurs"),
    ],
)
def test_a_schedule_that_is_none_disables_the_entry_with_the_reason(
    beat: Any, make_entry: MakeEntry, model: Any, columns: dict[str, Any], reason: str
) -> None:
    kind = {IntervalSchedule: "interval", CrontabSchedule: "crontab"}[model]
    entry = make_entry(**{kind: model.objects.create(**columns)})

    assert beat.run() == []

    assert reason in again(entry).disabled_reason
    assert PeriodicTaskRun.objects.get().outcome == "broken"


def test_an_entry_that_starts_after_it_expires_is_disabled_with_the_reason(
    beat: Any, make_entry: MakeEntry
) -> None:
    from django.utils import timezone

    now = timezone.now()
    entry = make_entry(
        start_time=datetime.now(UTC) + timedelta(days=2), expires=now + timedelta(days=1)
    )

    beat.run()

    assert "when it has expired" in again(entry).disabled_reason


def test_an_entry_that_an_old_release_left_is_planned_from_now(
    beat: Any, make_entry: MakeEntry, ledger: Any
) -> None:
    entry = make_entry()
    PeriodicTask._base_manager.update(
        check_at=None, next_run_at=None, planned_by=None, uid=None, last_run_at=None
    )

    assert beat.run() == []

    assert again(entry).next_run_at is not None
    assert again(entry).uid is not None
    assert len(beat.run(after=10)) == 1


def test_nothing_due_is_one_statement(
    beat: Any, make_entry: MakeEntry, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_entry()
    for _look in range(3):
        beat.run()

    with django_assert_num_queries(1):
        assert 0 < beat.scheduler.tick() <= 1


def test_a_batch_takes_as_many_statements_whatever_its_size(
    beat: Any, make_entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("djcelery_beat.dispatch.TAKING_SECONDS", 60)  # on a busy machine, too
    monkeypatch.setattr("djcelery_beat.publisher.BATCH_SECONDS", 60)
    for number in range(100):
        make_entry(name=f"entry {number}")
    beat.run()
    beat.clock.move(10)

    with CaptureQueriesContext(connection) as captured:
        assert beat.scheduler.tick() == 0

    assert len(beat.messages()) == 100
    assert len({query["sql"].partition(" times: ")[2] or query["sql"] for query in captured}) <= 20


@pytest.mark.postgresql
def test_only_what_was_sent_has_to_be_on_the_disk(beat: Any, make_entry: MakeEntry) -> None:
    entry = make_entry()
    beat.run()
    PeriodicTask.objects.filter(pk=entry.pk).update(args="[2]")

    def waits_for_the_disk() -> bool:
        with CaptureQueriesContext(connection) as captured:
            beat.scheduler.tick()
        return not any("synchronous_commit" in query["sql"] for query in captured)

    assert not waits_for_the_disk()
    beat.clock.move(10)
    assert waits_for_the_disk()
    assert len(beat.messages()) == 1


@pytest.mark.parametrize(("mode", "outcomes"), [("problems", ["misfire"]), ("off", [])])
def test_the_ledger_keeps_what_the_setting_says(
    beat: Any, make_entry: MakeEntry, settings: Settings, mode: str, outcomes: Any
) -> None:
    settings.DJCELERY_BEAT_LEDGER = mode
    make_entry()

    assert len(beat.run(after=25)) == 1

    assert [run.outcome for run in PeriodicTaskRun.objects.all()] == outcomes


def test_the_ledger_keeps_so_many_rows_of_an_entry(
    beat: Any, make_entry: MakeEntry, ledger: Any, settings: Settings
) -> None:
    settings.DJCELERY_BEAT_LEDGER_ROWS = 10
    entry = make_entry()
    PeriodicTask._base_manager.update(total_run_count=85)

    for _run in range(20):
        beat.run(after=10)

    assert again(entry).total_run_count == 105
    assert len(ledger()) == 15


def test_old_rows_of_the_ledger_go(beat: Any, make_entry: MakeEntry, ledger: Any) -> None:
    entry = make_entry()
    old = datetime.now(UTC) - timedelta(days=8)
    PeriodicTaskRun.objects.create(entry=entry, due_at=old, last_due_at=old, outcome="sent")

    for _look in range(3):
        beat.run()

    assert ledger() == []


def test_a_closed_scheduler_sends_no_further_batch(beat: Any, make_entry: MakeEntry) -> None:
    make_entry(name="first")
    make_entry(name="second")
    beat.run()
    beat.scheduler.close()
    beat.clock.move(10)

    beat.scheduler.tick()

    assert len(beat.sent()) <= 1


def test_a_beat_that_is_stopped_in_a_look_writes_that_it_has_ended_after_it(
    make_beat: Any, make_entry: MakeEntry
) -> None:
    class Stopped(DatabaseScheduler):
        def apply_async(self, *args: Any, **kwargs: Any) -> Any:
            self.close()
            return super().apply_async(*args, **kwargs)

    beat = make_beat(scheduler=Stopped, result_expires=None)
    make_entry()

    assert len(beat.run(after=10)) == 1
    assert BeatProcess.objects.get().ended_at is None
    beat.scheduler.close()
    assert BeatProcess.objects.get().ended_at is not None


def test_eager_tasks_run_in_place(make_beat: Any, make_entry: MakeEntry, ledger: Any) -> None:
    beat = make_beat(task_always_eager=True, result_expires=None)
    called = []

    def note(x: int, y: int) -> None:
        called.append((x, y))

    beat.register(note)
    make_entry(args="[1, 2]")
    beat.run(after=10)

    assert called == [(1, 2)]
    assert ledger() == [("sent", 1)]


def test_a_subclass_changes_how_runs_are_sent(make_beat: Any, make_entry: MakeEntry) -> None:
    class Loud(ModelEntry):
        @property
        def options(self) -> dict[str, Any]:  # type: ignore[override]  # as ModelEntry has it
            return {**super().options, "shadow": self.model.name.upper()}

    class Scheduler(DatabaseScheduler):
        Entry = Loud

    beat = make_beat(scheduler=Scheduler, result_expires=None)
    make_entry(name="quiet")

    (headers,) = beat.run(after=10)

    assert headers["shadow"] == "QUIET"


def test_entries_are_written_and_deleted_by_name(beat: Any) -> None:
    DatabaseScheduler.create_or_update_task("made", task="shop.tasks.add", schedule=10, args=(1,))
    DatabaseScheduler.create_or_update_task("made", task="shop.tasks.add", schedule=10, args=(2,))

    assert json.loads(PeriodicTask.objects.get().args) == [2]
    assert list(beat.scheduler.schedule) == ["made"]
    DatabaseScheduler.delete_task("made")
    assert not PeriodicTask.objects.exists()


def test_what_was_planned_earlier_than_where_beat_is_counts_within_a_second(
    beat: Any, make_entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = make_entry()
    assert len(beat.run(after=10)) == 1
    a_day_ago = beat.clock.now() - timedelta(days=1)
    PeriodicTask._base_manager.filter(pk=entry.pk).update(check_at=a_day_ago)

    wait = beat.scheduler.tick()

    assert 0 < wait < 1
    assert again(entry).check_at == a_day_ago
    later = time.monotonic() + wait
    monkeypatch.setattr("djcelery_beat.schedulers.monotonic", lambda: later)
    assert beat.scheduler.tick() == 0
    assert again(entry).check_at == again(entry).next_run_at
