"""Entries of the schedule, and ``PeriodicTaskManager.enabled``."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models import ProtectedError
from djcelery_models.errors import BadRow
from djcelery_models.models import CrontabSchedule, IntervalSchedule, PeriodicTask
from djcelery_utils.clock import now


def make_entry(**overrides: Any) -> PeriodicTask:
    columns = {"name": "entry", "task": "shop.tasks.add", **overrides}
    if columns.get("enabled", True) and not {"interval", "crontab"} & columns.keys():
        columns["interval"] = IntervalSchedule.from_schedule(60)
    return PeriodicTask.objects.create(**columns)


@pytest.mark.django_db
def test_only_enabled_entries_are_enabled() -> None:
    entry = make_entry()
    make_entry(name="off", enabled=False)

    assert list(PeriodicTask.objects.enabled()) == [entry]


@pytest.mark.django_db
def test_an_empty_route_is_stored_as_none() -> None:
    entry = make_entry(queue="", exchange="", routing_key="")

    entry.refresh_from_db()
    assert (entry.queue, entry.exchange, entry.routing_key) == (None, None, None)


@pytest.mark.django_db
def test_switching_an_entry_off_keeps_when_it_last_ran() -> None:
    moment = now() - timedelta(hours=1)
    entry = make_entry(last_run_at=moment)

    entry.enabled = False
    entry.save()

    entry.refresh_from_db()
    assert entry.last_run_at == moment


def test_an_entry_of_old_with_both_schedules_is_shown_with_its_interval() -> None:
    interval = IntervalSchedule(pk=1, every=5, period="seconds")
    entry = PeriodicTask(name="entry", interval=interval, crontab=CrontabSchedule(pk=1))

    assert entry.schedule == interval.schedule
    assert str(entry) == "entry: every 5 seconds"


@pytest.mark.django_db
@pytest.mark.parametrize("kinds", [("interval", "crontab"), ()])
def test_the_database_takes_one_schedule_an_entry(kinds: tuple[str, ...]) -> None:
    rows = {
        "interval": IntervalSchedule.from_schedule(5),
        "crontab": CrontabSchedule.objects.create(),
    }
    none = dict.fromkeys(rows)

    with pytest.raises(IntegrityError, match="djcelery_periodictask_one_schedule"):
        PeriodicTask.objects.create(
            name="entry", task="shop.tasks.add", **none | {kind: rows[kind] for kind in kinds}
        )


@pytest.mark.django_db
def test_an_entry_without_a_schedule_can_be_read() -> None:
    entry = make_entry(enabled=False)

    assert entry.schedule is None
    assert str(entry) == "entry: {no schedule}"


@pytest.mark.django_db
def test_a_schedule_that_an_entry_uses_is_not_deleted() -> None:
    interval = IntervalSchedule.from_schedule(5)
    make_entry(interval=interval)

    with pytest.raises(ProtectedError):
        interval.delete()


def test_empty_arguments_are_none_at_all() -> None:
    entry = PeriodicTask(args="", kwargs=" ")

    assert (entry.decoded_args, entry.decoded_kwargs) == ([], {})


def test_arguments_are_json() -> None:
    entry = PeriodicTask(args='["größe", null]', kwargs='{"a": {"b": [1]}}')

    assert entry.decoded_args == ["größe", None]
    assert entry.decoded_kwargs == {"a": {"b": [1]}}


@pytest.mark.parametrize("text", ["[1", "{}", "1", "u'a'"])
def test_positional_arguments_that_are_no_json_list_are_named(text: str) -> None:
    with pytest.raises(BadRow, match="djcelery_periodictask, row 7: args is not"):
        _ = PeriodicTask(pk=7, args=text).decoded_args


@pytest.mark.parametrize("text", ["{", "[]", "1"])
def test_keyword_arguments_that_are_no_json_object_are_named(text: str) -> None:
    with pytest.raises(BadRow, match="djcelery_periodictask, row 7: kwargs is not"):
        _ = PeriodicTask(pk=7, kwargs=text).decoded_kwargs


@pytest.mark.django_db
def test_a_save_leaves_to_beat_whether_an_entry_is_enabled_unless_it_changes_that() -> None:
    interval = IntervalSchedule.from_schedule(10)
    PeriodicTask.objects.create(name="once", task="x", interval=interval)
    stale = PeriodicTask.objects.get()
    PeriodicTask._base_manager.update(enabled=False, disabled_reason="It has run.")

    stale.description = "edited"
    stale.save()

    entry = PeriodicTask.objects.get()
    assert (entry.description, entry.enabled) == ("edited", False)
    assert entry.disabled_reason == "It has run."
    entry.enabled = True
    entry.save()
    assert PeriodicTask.objects.get().enabled
    assert PeriodicTask.objects.get().disabled_reason == ""


@pytest.mark.django_db
def test_a_save_of_one_field_counts_as_an_edit() -> None:
    entry = PeriodicTask.objects.create(
        name="entry", task="x", interval=IntervalSchedule.from_schedule(10)
    )
    before = PeriodicTask.objects.get().date_changed

    entry.save(update_fields=["description"])

    assert PeriodicTask.objects.get().date_changed > before


@pytest.mark.django_db
def test_a_copy_is_not_owned_by_the_code() -> None:
    entry = PeriodicTask.objects.create(
        name="entry", task="x", interval=IntervalSchedule.from_schedule(10), code_state="{}"
    )
    entry = PeriodicTask.objects.get()

    entry.pk, entry.name = None, "copy"
    entry.save()

    assert PeriodicTask.objects.get(name="copy").code_state is None
