"""The commands that show, explain and move the schedule."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from celery import _state
from celery.schedules import crontab
from django.core.management import CommandError, call_command
from djcelery_models.models import BeatProcess, CrontabSchedule, PeriodicTask, PeriodicTaskRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.django_db

ADD = {"task": "shop.tasks.add", "schedule": 10}


def call(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, no_color=True)
    return out.getvalue()


@pytest.fixture
def current(make_beat: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """Make a beat whose app is the current one."""
    state: Any = _state
    before = state._tls.current_app

    def make(**settings: Any) -> Any:
        beat = make_beat(result_expires=None, **settings)
        beat.app.set_current()
        return beat

    yield make
    state._tls.current_app = before


def test_the_status_fails_without_a_beat() -> None:
    with pytest.raises(CommandError, match="No beat is at work"):
        call("celerybeat_status")


def test_the_status_fails_once_the_only_beat_has_ended(beat: Any) -> None:
    beat.run()
    beat.scheduler.close()

    with pytest.raises(CommandError, match="No beat is at work"):
        call("celerybeat_status")


def test_the_status_names_the_beats(beat: Any) -> None:
    beat.run()

    told = call("celerybeat_status")

    assert f"process {BeatProcess.objects.get().pid}" in told
    assert "Beat keeps up." in told


def test_the_status_tells_a_clock_that_is_off(beat: Any) -> None:
    beat.run()
    BeatProcess.objects.update(clock_drift_seconds=-3.5)

    assert "clock is -3.5 s off" in call("celerybeat_status")


@pytest.mark.parametrize(
    ("seconds", "grace", "is_late"),
    [(50, None, False), (70, None, True), (70, 100, False), (20, 5, True)],
)
def test_the_status_fails_for_an_entry_that_is_late_beyond_its_grace(
    beat: Any, make_entry: Any, seconds: int, grace: int | None, is_late: bool
) -> None:
    beat.run()
    make_entry(misfire_grace_seconds=grace)
    due = datetime.now(UTC) - timedelta(seconds=seconds)
    PeriodicTask._base_manager.update(check_at=due)

    if is_late:
        with pytest.raises(CommandError, match="Entries are late: 1"):
            call("celerybeat_status")
    else:
        assert "keeps up" in call("celerybeat_status")


def test_why_tells_what_became_of_each_run(beat: Any, make_entry: Any) -> None:
    make_entry("nightly")
    (headers,) = beat.run(after=35)

    told = call("celerybeat_why", "nightly")

    assert "nightly: shop.tasks.add, every 10 seconds" in told
    assert "2 runs  skipped: beat looked too late" in told
    assert f"sent as task {headers['id']}" in told
    assert told.count("next: ") == 3


def test_why_tells_that_an_entry_is_disabled_or_paused(beat: Any, make_entry: Any) -> None:
    entry = make_entry(one_off=True)
    beat.run(after=10)

    assert "disabled: It was to run once, and has." in call("celerybeat_why", "entry")

    PeriodicTask.objects.filter(pk=entry.pk).update(enabled=True, one_off=False)
    entries: Any = PeriodicTask.objects.all()
    entries.pause()
    assert "paused since" in call("celerybeat_why", "entry")


def test_why_tells_only_what_is_not_older(beat: Any, make_entry: Any) -> None:
    make_entry()
    beat.run(after=10)
    old = datetime.now(UTC) - timedelta(hours=2)
    PeriodicTaskRun.objects.update(due_at=old, last_due_at=old)

    assert "nothing since" in call("celerybeat_why", "entry", "--since", "1h")
    assert "sent as task" in call("celerybeat_why", "entry", "--since", "3h")
    with pytest.raises(CommandError, match="give one such as 30d"):
        call("celerybeat_why", "entry", "--since", "yesterday")


def test_why_suggests_names_that_are_alike(make_entry: Any) -> None:
    make_entry("nightly report")

    with pytest.raises(CommandError, match="Alike are: nightly report"):
        call("celerybeat_why", "report")


def test_plan_shows_and_apply_writes(current: Callable[..., Any]) -> None:
    beat = current(beat_schedule={"add": ADD, "old": ADD})
    assert "+ add: shop.tasks.add, interval 10.000000 s" in call("celerybeat_schedule", "plan")
    assert not PeriodicTask.objects.exists()

    assert "Written: 2" in call("celerybeat_schedule", "apply")
    beat.app.conf.beat_schedule = {"add": {**ADD, "args": [1]}}
    plan = call("celerybeat_schedule", "plan")

    assert "~ add: args becomes '[1]'" in plan
    assert "- old: disabled" in plan
    call("celerybeat_schedule", "apply")
    assert "Nothing would be written" in call("celerybeat_schedule", "plan")
    assert PeriodicTask.objects.get(name="add").args == "[1]"
    assert not PeriodicTask.objects.get(name="old").enabled


def test_plan_and_apply_name_what_is_wrong(current: Callable[..., Any]) -> None:
    current(beat_schedule={"wrong": {"task": "x"}, "bad": {**ADD, "priority": 999}, "add": ADD})

    with pytest.raises(CommandError, match="'wrong'") as caught:
        call("celerybeat_schedule", "plan")
    assert "'bad'" in str(caught.value)
    assert not PeriodicTask.objects.exists()
    with pytest.raises(CommandError, match="'bad'"):
        call("celerybeat_schedule", "apply")
    assert list(PeriodicTask.objects.values_list("name", flat=True)) == ["add"]


def test_what_is_exported_can_be_imported(make_entry: Any, tmp_path: Path) -> None:
    file = tmp_path / "schedule.json"
    zone = CrontabSchedule.objects.create(minute="5", timezone="Europe/Berlin")
    make_entry("by interval", args="[1]", start_time=datetime(2030, 1, 1, tzinfo=UTC))
    make_entry("by crontab", crontab=zone, enabled=False, expires=expires())
    call("celerybeat_schedule", "export", str(file))
    before = list(PeriodicTask.objects.order_by("name").values(*COMPARED))
    PeriodicTask.objects.all().delete()
    CrontabSchedule.objects.all().delete()

    assert "Imported: 2 entries" in call("celerybeat_schedule", "import", str(file))

    assert list(PeriodicTask.objects.order_by("name").values(*COMPARED)) == before
    call("celerybeat_schedule", "import", str(file))
    assert PeriodicTask.objects.count() == 2
    assert CrontabSchedule.objects.count() == 1


COMPARED = (
    "name",
    "task",
    "args",
    "enabled",
    "expires",
    "start_time",
    "interval__every",
    "crontab__minute",
    "crontab__timezone",
)


def expires() -> Any:
    from django.utils import timezone

    return timezone.now() + timedelta(days=1)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "Expecting"),
        ("{}", "no list"),
        ('[{"name": "x", "colour": 1}]', "entry 'x': colour is not known"),
        ('[{"task": "x"}]', "entry None: its name is not known"),
        ('[{"name": "x", "task": ""}]', "entry 'x'"),
        ('[{"name": "x", "task": "t", "interval": {"ever": 1}}]', "entry 'x'"),
        ('[{"name": "x", "task": "t", "interval": {}}]', "lacks every, period"),
        ('[{"name": "x", "task": "t"}]', "0 schedules"),
        ('[{"name": "x", "task": "t", "enabled": false, "args": ["a"]}]', "no text"),
        ("[" * 100_000, "Nothing was imported"),
    ],
)
def test_nothing_of_a_wrong_file_is_imported(content: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "schedule.json"
    good = {"name": "good", "task": "t", "interval": {"every": 1, "period": "days"}}
    file.write_text(f"[{json.dumps(good)}, {content[1:]}" if content[:2] == "[{" else content)

    with pytest.raises(CommandError, match="Nothing was imported") as caught:
        call("celerybeat_schedule", "import", str(file))

    assert told in str(caught.value)
    assert not PeriodicTask.objects.exists()


def test_a_crontab_of_the_settings_is_planned_as_it_is_written(current: Callable[..., Any]) -> None:
    current(beat_schedule={"add": {**ADD, "schedule": crontab(hour="3")}})

    call("celerybeat_schedule", "apply")

    assert "Nothing would be written" in call("celerybeat_schedule", "plan")
