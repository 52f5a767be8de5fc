"""Every edit of an entry or of its schedule lets beat look, whatever way it is made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Concat
from djcelery_models.models import CrontabSchedule, IntervalSchedule, PeriodicTask

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = timedelta(days=1)


def make_entry(**overrides: Any) -> PeriodicTask:
    columns = {"name": "entry", "task": "shop.tasks.add", **overrides}
    if "crontab" not in columns:
        columns["interval"] = IntervalSchedule.from_schedule(3_600)
    return PeriodicTask.objects.create(**columns)


def late(entry: PeriodicTask) -> PeriodicTask:
    """The entry as if its next run had been planned a day ago."""
    now = datetime.now(UTC)
    rows = PeriodicTask.objects.filter(pk=entry.pk)
    rows.update(next_run_at=now - DAY, check_at=now + DAY, last_due_at=now - 2 * DAY)
    return rows.get()


def update_entry() -> None:
    PeriodicTask.objects.filter(name="entry").update(queue="other")


def update_entries_in_bulk() -> None:
    entries = list(PeriodicTask.objects.all())
    for entry in entries:
        entry.queue = "other"
    PeriodicTask.objects.bulk_update(entries, ["queue"])


def save_schedule() -> None:
    schedule = IntervalSchedule.objects.get()
    schedule.every = 1_800
    schedule.save()


def update_schedule() -> None:
    IntervalSchedule.objects.filter(every=3_600).update(every=1_800)


def update_schedules_in_bulk() -> None:
    schedules = list(IntervalSchedule.objects.all())
    for schedule in schedules:
        schedule.every = 1_800
    IntervalSchedule.objects.bulk_update(schedules, ["every"])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "edit",
    [
        update_entry,
        update_entries_in_bulk,
        save_schedule,
        update_schedule,
        update_schedules_in_bulk,
    ],
)
def test_beat_looks_at_once_at_what_was_edited(edit: Callable[[], None]) -> None:
    entry = late(make_entry())
    other = make_entry(name="other", crontab=CrontabSchedule.objects.create(minute="0"))
    PeriodicTask.objects.filter(name="other").update(check_at=datetime.now(UTC) + DAY)
    before = datetime.now(UTC)

    edit()

    entry.refresh_from_db()
    assert entry.check_at is not None
    assert before <= entry.check_at <= datetime.now(UTC)
    assert entry.next_run_at is not None
    assert entry.next_run_at < before
    if edit is not update_entries_in_bulk:
        other.refresh_from_db()
        assert other.check_at is not None
        assert other.check_at > before


@pytest.mark.django_db
def test_what_beat_writes_is_no_edit() -> None:
    entry = make_entry()
    changed = entry.date_changed

    PeriodicTask.objects.update(total_run_count=F("total_run_count") + 1, remark="none")

    entry.refresh_from_db()
    assert entry.date_changed == changed
    assert entry.check_at == entry.next_run_at


@pytest.mark.django_db
def test_a_save_plans_and_leaves_what_beat_has_written_since() -> None:
    stale = make_entry()
    fresh = late(stale)

    stale.queue = "other"
    stale.save()

    row = PeriodicTask.objects.get()
    assert (row.queue, row.last_due_at) == ("other", fresh.last_due_at)
    assert row.next_run_at == stale.next_run_at == fresh.next_run_at
    assert row.check_at == row.next_run_at


@pytest.mark.django_db
def test_entries_that_are_inserted_in_bulk_are_planned() -> None:
    schedule = IntervalSchedule.from_schedule(3_600)
    entries = [
        PeriodicTask(name=str(number), task="shop.tasks.add", interval=schedule)
        for number in range(3)
    ]

    PeriodicTask.objects.bulk_create(entries)

    rows = PeriodicTask.objects.all()
    assert all(row.next_run_at and row.check_at == row.next_run_at for row in rows)
    assert len({row.uid for row in rows}) == 3


def switch_off() -> None:
    PeriodicTask.objects.update(enabled=False)


def switch_off_in_bulk() -> None:
    entry = PeriodicTask.objects.get()
    entry.enabled = False
    PeriodicTask.objects.bulk_update([entry], ["enabled"])


def switch_off_and_save() -> None:
    entry = PeriodicTask.objects.get()
    entry.enabled = False
    entry.save()


@pytest.mark.django_db
@pytest.mark.parametrize("switch", [switch_off, switch_off_in_bulk, switch_off_and_save])
def test_an_entry_that_was_switched_off_has_missed_nothing(switch: Callable[[], None]) -> None:
    late(make_entry())

    switch()

    row = PeriodicTask.objects.get()
    assert (row.next_run_at, row.planned_by) == (None, None)
    PeriodicTask.objects.update(enabled=True)
    row = PeriodicTask.objects.get()
    assert (row.next_run_at, row.planned_by) == (None, None)
    assert row.check_at is not None


@pytest.mark.django_db
def test_an_update_by_an_expression_is_an_edit() -> None:
    entry = late(make_entry())

    PeriodicTask.objects.update(description=Concat(F("name"), Value("!")))

    entry.refresh_from_db()
    assert entry.description == "entry!"
    assert entry.check_at is not None
    assert entry.check_at <= datetime.now(UTC)


def save_a_copy(entry: PeriodicTask) -> None:
    entry.pk = None
    entry.save()


def insert_a_copy_in_bulk(entry: PeriodicTask) -> None:
    entry.pk = None
    PeriodicTask.objects.bulk_create([entry])


@pytest.mark.django_db
@pytest.mark.parametrize("insert", [save_a_copy, insert_a_copy_in_bulk])
def test_a_copy_is_an_entry_of_its_own(insert: Callable[[PeriodicTask], None]) -> None:
    entry = late(make_entry())
    copy = PeriodicTask.objects.get()

    copy.name = "copy"
    insert(copy)

    row = PeriodicTask.objects.get(name="copy")
    assert row.uid not in {None, entry.uid}
    assert row.next_run_at is not None
    assert row.next_run_at > datetime.now(UTC)
    assert PeriodicTask.objects.count() == 2


@pytest.mark.django_db
def test_beat_looks_at_what_bulk_create_has_updated() -> None:
    slow, fast = IntervalSchedule.from_schedule(3_600), IntervalSchedule.from_schedule(1)
    PeriodicTask.objects.create(name="a", task="x", interval=slow)
    unique: Any = {} if connection.vendor == "mysql" else {"unique_fields": ["name"]}

    PeriodicTask.objects.bulk_create(
        [PeriodicTask(name="a", task="x", interval=fast)],
        update_conflicts=True,
        update_fields=["interval"],
        **unique,
    )

    entry = PeriodicTask.objects.get()
    assert entry.interval == fast
    assert entry.check_at is not None
    assert entry.check_at <= datetime.now(UTC)
