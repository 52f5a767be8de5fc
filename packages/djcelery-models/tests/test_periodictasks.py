"""When the schedule was last edited, and how beat is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from djcelery_models.models import IntervalSchedule, PeriodicTask, PeriodicTasks
from djcelery_utils.clock import now

if TYPE_CHECKING:
    from collections.abc import Callable


def make_entry() -> PeriodicTask:
    schedule = IntervalSchedule.from_schedule(60)
    return PeriodicTask.objects.create(name="entry", task="shop.tasks.add", interval=schedule)


def change_entry() -> None:
    PeriodicTask.objects.get().save()


def change_schedule() -> None:
    IntervalSchedule.objects.get().save()


@pytest.mark.django_db
def test_a_schedule_that_was_never_edited_has_no_last_change() -> None:
    assert PeriodicTasks.last_change() is None


@pytest.mark.django_db
@pytest.mark.parametrize("edit", [change_entry, change_schedule])
def test_every_edit_is_noted(edit: Callable[[], None]) -> None:
    make_entry()
    before = now()

    edit()

    last_change = PeriodicTasks.last_change()
    assert last_change is not None
    assert before <= last_change <= now()


@pytest.mark.django_db
def test_an_entry_that_says_so_is_saved_without_a_word_to_beat() -> None:
    entry = make_entry()
    planned = entry.check_at

    entry.no_changes = True
    entry.save()
    PeriodicTasks.changed(entry)

    assert PeriodicTask.objects.get().check_at == planned


@pytest.mark.django_db
@pytest.mark.parametrize("model", [PeriodicTask, IntervalSchedule])
def test_who_has_edited_in_sql_tells_beat(model: type[PeriodicTask | IntervalSchedule]) -> None:
    make_entry()

    PeriodicTasks.changed(model.objects.get())

    check_at = PeriodicTask.objects.get().check_at
    assert check_at is not None
    assert check_at <= datetime.now(UTC)


@pytest.mark.django_db
def test_who_does_not_know_what_was_edited_lets_beat_look_at_all() -> None:
    make_entry()

    PeriodicTasks.update_changed()

    check_at = PeriodicTask.objects.get().check_at
    assert check_at is not None
    assert check_at <= datetime.now(UTC)
    assert PeriodicTasks.objects.count() == 0
