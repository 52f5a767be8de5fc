"""The entries of the settings, in the database of several beats."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from djcelery_models.models import BeatProcess, IntervalSchedule, PeriodicTask

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from djcelery_beat.schedulers import DatabaseScheduler

pytestmark = pytest.mark.django_db

ADD = {"task": "shop.tasks.add", "schedule": 10}


def names() -> list[str]:
    return list(PeriodicTask.objects.enabled().order_by("name").values_list("name", flat=True))


def forget_beats() -> None:
    BeatProcess.objects.update(last_tick_at=datetime.now(UTC) - timedelta(minutes=2))


def test_the_entries_of_the_settings_run(make_beat: Callable[..., Any]) -> None:
    beat = make_beat(beat_schedule={"add": ADD}, result_expires=None)

    beat.run()

    assert names() == ["add"]
    assert len(beat.run(after=10)) == 1


def test_results_are_cleaned_up_by_default(make_beat: Callable[..., Any], tmp_path: Path) -> None:
    make_beat(result_backend=f"file://{tmp_path}").run()

    entry = PeriodicTask.objects.get(name="celery.backend_cleanup")
    assert str(entry.crontab) == "0 4 * * * (m/h/d/dM/MY)"
    assert entry.expire_seconds == 12 * 3_600


def test_what_no_beat_lists_any_more_is_disabled(make_beat: Callable[..., Any]) -> None:
    make_beat(beat_schedule={"add": ADD, "old": ADD}, result_expires=None).run()
    PeriodicTask.objects.create(
        name="by hand", task="x", interval=IntervalSchedule.from_schedule(10)
    )
    forget_beats()

    make_beat(beat_schedule={"add": ADD}, result_expires=None).run()

    assert names() == ["add", "by hand"]
    assert "settings" in PeriodicTask.objects.get(name="old").disabled_reason


def test_what_another_living_beat_lists_stays(make_beat: Callable[..., Any]) -> None:
    old = make_beat(beat_schedule={"add": ADD, "old": ADD}, result_expires=None)
    old.run()

    new = make_beat(beat_schedule={"add": ADD, "new": ADD}, result_expires=None)
    new.run()
    assert names() == ["add", "new", "old"]

    forget_beats()
    new.scheduler._heartbeat._written_at = None
    new.run()
    assert names() == ["add", "new"]


def test_a_beat_that_starts_disables_what_one_that_has_ended_listed(
    make_beat: Callable[..., Any],
) -> None:
    ended = make_beat(beat_schedule={"add": ADD, "old": ADD}, result_expires=None)
    ended.run()
    ended.scheduler.close()

    make_beat(beat_schedule={"add": ADD}, result_expires=None).run()

    assert names() == ["add"]


def test_a_beat_that_runs_gives_one_that_has_ended_a_minute_to_start_again(
    make_beat: Callable[..., Any],
) -> None:
    other = make_beat(beat_schedule={"add": ADD}, result_expires=None)
    other.run()
    ended = make_beat(beat_schedule={"mine": ADD}, result_expires=None)
    ended.run()
    ended.scheduler.close()

    other.scheduler._heartbeat._written_at = None
    other.run()
    assert names() == ["add", "mine"]

    forget_beats()
    other.scheduler._heartbeat._written_at = None
    other.run()
    assert names() == ["add"]


def test_an_entry_that_comes_back_is_enabled_again(make_beat: Callable[..., Any]) -> None:
    make_beat(beat_schedule={"add": ADD}, result_expires=None).run()
    forget_beats()
    make_beat(beat_schedule={}, result_expires=None).run()
    assert names() == []

    make_beat(beat_schedule={"add": ADD}, result_expires=None).run()

    assert names() == ["add"]
    assert PeriodicTask.objects.get().disabled_reason == ""


def test_a_beat_that_only_seemed_dead_takes_its_entries_back(
    make_beat: Callable[..., Any],
) -> None:
    beat = make_beat(beat_schedule={"mine": ADD}, result_expires=None)
    beat.run()
    forget_beats()  # it was cut off from the database, or one of the two has its clock set
    make_beat(beat_schedule={}, result_expires=None).run()
    assert names() == []

    beat.scheduler._heartbeat._written_at = None
    beat.run()

    assert names() == ["mine"]
    assert len(beat.run(after=10)) == 1


def test_an_entry_that_was_disabled_by_hand_stays_so(make_beat: Callable[..., Any]) -> None:
    beat = make_beat(beat_schedule={"mine": ADD}, result_expires=None)
    beat.run()
    PeriodicTask.objects.update(enabled=False)

    beat.scheduler._heartbeat._written_at = None
    beat.run()

    assert names() == []


def test_a_wrong_entry_is_named_and_the_others_are_written(
    make_beat: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    wrong = {"task": "shop.tasks.add", "schedule": "daily"}
    beat = make_beat(beat_schedule={"wrong": wrong, "add": ADD}, result_expires=None)

    with caplog.at_level(logging.ERROR):
        beat.run()

    assert names() == ["add"]
    assert "CELERYBEAT_SCHEDULE['wrong']: 'daily' is no schedule" in caplog.text


def test_add_periodic_task_counts_as_the_settings_do(make_beat: Callable[..., Any]) -> None:
    beat = make_beat(result_expires=None)

    add = beat.app.signature("shop.tasks.add", args=(1, 2))
    beat.app.add_periodic_task(10, add, name="added")
    beat.run()

    assert PeriodicTask.objects.get(name="added").args == "[1, 2]"
    assert len(beat.run(after=10)) == 1


def test_the_scheduler_is_made_without_a_look_at_the_database(
    make_beat: Callable[..., Any], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        scheduler: DatabaseScheduler = make_beat().scheduler

    assert scheduler.max_interval == 1


def test_a_beat_that_ended_long_ago_is_forgotten_once_its_entries_are_retired(
    make_beat: Callable[..., Any],
) -> None:
    make_beat(beat_schedule={"old": ADD}, result_expires=None).run()
    BeatProcess.objects.update(last_tick_at=datetime.now(UTC) - timedelta(days=8))

    make_beat(beat_schedule={}, result_expires=None).run()

    assert names() == []
    assert BeatProcess.objects.count() == 1
