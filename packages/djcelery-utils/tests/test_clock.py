"""The specification's ``djcelery.utils``: ``now``, ``make_aware``, ``make_naive``.

From the change log: 2.5.0, Django's support for time zones.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone
from djcelery_utils.clock import make_aware, make_naive, now
from hypothesis import given, settings
from hypothesis import strategies as st

Helper = Callable[[datetime], datetime]
NAIVE = datetime(2026, 7, 1, 12, 0)
AWARE = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)


@override_settings(USE_TZ=True, TIME_ZONE="Europe/Berlin")
def test_now_is_aware_and_in_the_current_zone() -> None:
    with timezone.override("Asia/Tokyo"):
        assert str(now().tzinfo) == "Asia/Tokyo"


@override_settings(USE_TZ=False)
def test_now_is_naive_without_time_zones() -> None:
    assert now().tzinfo is None


@override_settings(USE_TZ=True, TIME_ZONE="Europe/Berlin")
def test_make_aware_reads_a_naive_value_in_the_current_zone() -> None:
    assert make_aware(NAIVE) == AWARE


@override_settings(USE_TZ=True, TIME_ZONE="Europe/Berlin")
def test_make_naive_gives_local_time() -> None:
    assert make_naive(AWARE) == NAIVE


@pytest.mark.parametrize("use_tz", [True, False])
@pytest.mark.parametrize(("helper", "value"), [(make_aware, AWARE), (make_naive, NAIVE)])
def test_a_value_that_is_already_so_stays_as_it_is(
    use_tz: bool, helper: Helper, value: datetime
) -> None:
    with override_settings(USE_TZ=use_tz):
        assert helper(value) is value


@pytest.mark.parametrize(("helper", "value"), [(make_aware, NAIVE), (make_naive, AWARE)])
def test_nothing_is_changed_without_time_zones(helper: Helper, value: datetime) -> None:
    with override_settings(USE_TZ=False):
        assert helper(value) is value


moments = st.datetimes(datetime(1980, 1, 1), datetime(2080, 1, 1))
zones = st.sampled_from(["Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "UTC"])


@settings(deadline=None)
@given(moments, zones)
def test_make_aware_undoes_make_naive(value: datetime, zone: str) -> None:
    aware = value.replace(tzinfo=UTC)

    with override_settings(USE_TZ=True), timezone.override(zone):
        assert make_aware(make_naive(aware)).astimezone(UTC) == aware


@settings(deadline=None)
@given(moments, zones, st.sampled_from([0, 1]))
def test_make_naive_undoes_make_aware(value: datetime, zone: str, fold: int) -> None:
    naive = value.replace(fold=fold)

    with override_settings(USE_TZ=True), timezone.override(zone):
        assert make_naive(make_aware(naive)) == naive


@settings(deadline=None)
@given(moments, zones)
def test_both_ways_change_nothing_without_time_zones(value: datetime, zone: str) -> None:
    with override_settings(USE_TZ=False), timezone.override(zone):
        assert make_naive(make_aware(value)) is value


@override_settings(USE_TZ=True)
@pytest.mark.parametrize(
    "value", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)]
)
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Havana"])
def test_either_end_of_the_calendar_has_a_local_time(value: datetime, zone: str) -> None:
    with timezone.override(zone):
        local = make_naive(value)

    assert local.tzinfo is None
    assert abs(local - value.replace(tzinfo=None)) < timedelta(days=1)


@pytest.mark.parametrize("use_tz", [True, False])
@pytest.mark.parametrize("helper", [make_aware, make_naive])
@pytest.mark.parametrize("value", ["2026-07-01", None, date(2026, 7, 1)])
def test_what_is_no_datetime_is_refused(helper: Helper, value: Any, use_tz: bool) -> None:
    with (
        override_settings(USE_TZ=use_tz),
        pytest.raises(TypeError, match=rf"{re.escape(repr(value))} is no datetime"),
    ):
        helper(value)
