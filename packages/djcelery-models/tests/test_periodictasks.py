"""The row that says when the schedule was last edited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from djcelery_models.models import IntervalSchedule, PeriodicTask, PeriodicTasks
from djcelery_utils.clock import now

if TYPE_CHECKING:
    from collections.abc import Callable


def make_entry() -> PeriodicTask:
    return PeriodicTask.objects.create(name="entry", task="shop.tasks.add")


def change_entry() -> None:
    PeriodicTask.objects.get().save()


def delete_entry() -> None:
    PeriodicTask.objects.get().delete()


def delete_entries() -> None:
    PeriodicTask.objects.all().delete()


def change_schedule() -> None:
    IntervalSchedule.objects.get().save()


@pytest.mark.django_db
def test_a_schedule_that_was_never_edited_has_no_last_change() -> None:
    assert PeriodicTasks.last_change() is None


@pytest.mark.django_db
@pytest.mark.parametrize("edit", [change_entry, delete_entry, delete_entries, change_schedule])
def test_every_edit_is_noted(edit: Callable[[], None]) -> None:
    make_entry()
    IntervalSchedule.objects.create(every=5, period="seconds")
    before = now()

    edit()

    last_change = PeriodicTasks.last_change()
    assert last_change is not None
    assert before <= last_change <= now()


@pytest.mark.django_db
def test_an_entry_that_says_so_is_saved_without_a_note() -> None:
    entry = make_entry()
    before = PeriodicTasks.last_change()

    entry.no_changes = True
    entry.save()

    assert PeriodicTasks.last_change() == before


@pytest.mark.django_db
def test_who_edits_by_a_queryset_notes_the_change() -> None:
    PeriodicTasks.update_changed()

    assert PeriodicTasks.last_change() is not None
    assert PeriodicTasks.objects.count() == 1
