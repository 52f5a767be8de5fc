"""Moments that mean the same whatever ``USE_TZ`` and ``TIME_ZONE`` say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from django.core import serializers
from django.db import connection
from django.db.models import Max, Subquery
from django.db.models.functions import TruncDay
from djcelery_models.models import TaskMeta
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from pytest_django import Settings

BERLIN = ZoneInfo("Europe/Berlin")
FIELD = TaskMeta._meta.get_field("stored_at")


@pytest.fixture(params=[True, False], autouse=True)
def _use_tz(request: pytest.FixtureRequest, settings: Settings) -> None:
    settings.USE_TZ = request.param


def store(task_id: str, moment: datetime) -> None:
    TaskMeta.objects.create(task_id=task_id)
    TaskMeta.objects.filter(task_id=task_id).update(stored_at=moment)


@pytest.mark.django_db
def test_both_passes_of_the_hour_that_comes_twice_are_kept_apart() -> None:
    twice = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    moments = {"first": twice.astimezone(UTC), "second": twice.replace(fold=1).astimezone(UTC)}
    for task_id, moment in moments.items():
        store(task_id, moment)

    found = dict(TaskMeta.objects.values_list("task_id", "stored_at"))

    assert found == moments
    assert found["second"] - found["first"] == timedelta(hours=1)
    assert {moment.tzinfo for moment in found.values()} == {UTC}
    assert TaskMeta.objects.filter(stored_at__lt=moments["second"]).get().task_id == "first"


@pytest.mark.django_db
def test_a_row_knows_when_it_was_last_stored() -> None:
    before = datetime.now(UTC)
    row = TaskMeta.objects.create(task_id="t1")
    row.save()
    row.refresh_from_db()

    assert row.stored_at is not None
    assert before - timedelta(milliseconds=1) <= row.stored_at <= datetime.now(UTC)


@pytest.mark.django_db
def test_a_naive_moment_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"stored_at is .* without a time zone"):
        TaskMeta.objects.filter(stored_at__lt=datetime(2026, 1, 1)).exists()


@pytest.mark.django_db
def test_a_fixture_gives_back_the_moment() -> None:
    store("t1", datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN))
    (row,) = TaskMeta.objects.all()

    (loaded,) = serializers.deserialize("json", serializers.serialize("json", [row]))

    assert isinstance(loaded.object, TaskMeta)
    assert loaded.object.stored_at == row.stored_at


@given(st.datetimes(timezones=st.just(BERLIN)))
def test_text_of_a_moment_is_read_as_that_moment(moment: datetime) -> None:
    assert FIELD.to_python(moment.isoformat()) == moment.astimezone(UTC)


def test_text_without_a_zone_is_utc() -> None:
    assert FIELD.to_python("2026-01-01T10:00:00") == datetime(2026, 1, 1, 10, tzinfo=UTC)


@pytest.mark.django_db
def test_a_moment_is_found_and_computed_within_queries(settings: Settings) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    moment = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    store("t1", moment)
    rows = TaskMeta.objects.all()
    moments = rows.values("stored_at")

    assert rows.filter(stored_at__in=moments).count() == 1
    assert rows.filter(stored_at=moments[:1]).count() == 1
    assert rows.annotate(found=Subquery(moments[:1])).get().found == moment
    assert rows.aggregate(last=Max("stored_at"))["last"] == moment
    assert rows.distinct().aggregate(last=Max("stored_at"))["last"] == moment


@pytest.mark.django_db
def test_a_moment_is_cut_in_the_time_zone_of_the_site(settings: Settings) -> None:
    has_zones = connection.features.has_zoneinfo_database
    settings.TIME_ZONE = "Europe/Berlin" if settings.USE_TZ and has_zones else "UTC"
    store("t1", datetime(2026, 7, 1, 22, 30, tzinfo=UTC))

    day = TaskMeta.objects.annotate(day=TruncDay("stored_at")).get().day

    first, zone = (1, UTC) if settings.TIME_ZONE == "UTC" else (2, BERLIN)
    assert day == datetime(2026, 7, first, tzinfo=zone)
