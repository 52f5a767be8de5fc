"""Rows of events of the sun."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import pytest
from celery.schedules import solar
from django.core.exceptions import ValidationError
from djcelery_models.errors import BadRow
from djcelery_models.models import SolarSchedule

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.django_db
def test_the_same_event_is_one_row_that_says_when_it_comes() -> None:
    row = SolarSchedule.from_schedule(solar("sunset", 52.52, 13.405))

    row.refresh_from_db()
    assert SolarSchedule.from_schedule(solar("sunset", 52.52, 13.405)) == row
    assert row.schedule == solar("sunset", 52.52, 13.405)
    due = row.times.next_after(NOON)
    assert due is not None
    assert NOON < due < NOON + timedelta(hours=12)
    assert str(row) == "sunset (52.520000, 13.405000)"


def test_without_ephem_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ephem", None)
    row = SolarSchedule(event="sunset", latitude=1, longitude=1)

    with pytest.raises(BadRow, match="djcelery-beat\\[solar\\]"):
        _ = row.times
    with pytest.raises(ValidationError, match="djcelery-beat\\[solar\\]"):
        row.full_clean()
