"""Rows of single moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import ProtectedError
from djcelery_models.models import ClockedSchedule, PeriodicTask

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.django_db
def test_the_same_moment_is_one_row() -> None:
    row = ClockedSchedule.from_schedule(NOON)

    assert ClockedSchedule.from_schedule(NOON) == row
    assert row.times.next_after(NOON - timedelta(seconds=1)) == NOON


@pytest.mark.django_db
def test_a_moment_that_an_entry_uses_cannot_be_deleted() -> None:
    row = ClockedSchedule.from_schedule(NOON)
    PeriodicTask.objects.create(name="once", task="shop.tasks.add", clocked=row)

    with pytest.raises(ProtectedError, match=r"PeriodicTask\.clocked"):
        row.delete()
