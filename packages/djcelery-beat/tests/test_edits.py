"""An edit of an entry or of its schedule, however it is made, counts at the next look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from djcelery_models.models import IntervalSchedule, PeriodicTask, PeriodicTasks

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

A_DAY = 86_400


def save(row: Any, **columns: Any) -> None:
    for name, value in columns.items():
        setattr(row, name, value)
    row.save()


def update(row: Any, **columns: Any) -> None:
    type(row).objects.filter(pk=row.pk).update(**columns)


def bulk_update(row: Any, **columns: Any) -> None:
    for name, value in columns.items():
        setattr(row, name, value)
    type(row).objects.bulk_update([row], list(columns))


def update_unseen(row: Any, **columns: Any) -> None:
    type(row)._base_manager.filter(pk=row.pk).update(**columns)
    PeriodicTasks.changed(row)


def sql(row: Any, **columns: Any) -> None:
    """With ``check_at`` of the entries, all of which are edited in these tests."""
    long_ago = "2000-01-01 00:00:00" + ("+00" if connection.vendor == "postgresql" else "")
    assigned = ", ".join(f"{name} = {value}" for name, value in columns.items())
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {row._meta.db_table} SET {assigned} WHERE id = {row.pk}")
        cursor.execute("UPDATE djcelery_periodictask SET check_at = %s", [long_ago])


EDITS: dict[str, Callable[..., None]] = {
    function.__name__: function for function in (save, update, bulk_update, update_unseen, sql)
}


@pytest.mark.parametrize("how", EDITS)
def test_an_edited_entry_runs_by_what_it_says_now(beat: Any, make_entry: Any, how: str) -> None:
    entry = make_entry(interval=IntervalSchedule.from_schedule(A_DAY))
    assert beat.run() == []

    EDITS[how](entry, interval_id=IntervalSchedule.from_schedule(1).pk)

    assert beat.run() == []
    assert len(beat.run(after=1)) == 1


@pytest.mark.parametrize("how", EDITS)
def test_entries_run_by_what_their_edited_schedule_says(
    beat: Any, make_entry: Any, how: str
) -> None:
    entry = make_entry(interval=IntervalSchedule.from_schedule(A_DAY))
    make_entry(name="other", interval=entry.interval)
    assert beat.run() == []

    EDITS[how](entry.interval, every=1)

    assert beat.run() == []
    assert len(beat.run(after=1)) == 2


@pytest.mark.parametrize("how", EDITS)
def test_beat_does_not_wait_before_all_entries_of_an_edited_schedule_are_planned_anew(
    beat: Any, how: str
) -> None:
    used = IntervalSchedule.from_schedule(A_DAY)
    PeriodicTask.objects.bulk_create(
        PeriodicTask(name=f"entry {number}", task="x", interval=used) for number in range(1_000)
    )
    beat.run()
    old = PeriodicTask.objects.filter(planned_by=PeriodicTask.objects.all()[0].planned_by)
    left = [old.count()]

    EDITS[how](used, every=3_600)
    beat.scheduler._front = None  # a second has passed
    while left[-1]:
        assert beat.scheduler.tick() == 0
        left.append(old.count())
        assert left[-1] < left[-2]

    assert left[0] == 1_000
    assert beat.sent() == []
