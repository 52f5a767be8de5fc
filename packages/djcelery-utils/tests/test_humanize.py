"""``naturaldate``: dates as people say them, with plurals that are right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings
from django.utils import timezone, translation
from djcelery_utils.clock import now
from djcelery_utils.humanize import naturaldate
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(seconds=0), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(hours=-3), "just now"),
        (timedelta(seconds=61), "1 minute ago"),
        (timedelta(minutes=5, seconds=1), "5 minutes ago"),
        (timedelta(hours=1, seconds=1), "1 hour ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(days=8), "1 week ago"),
        (timedelta(days=15), "2 weeks ago"),
        (timedelta(days=31), "1 month ago"),
        (timedelta(days=65), "2 months ago"),
        (timedelta(days=366), "1 year ago"),
        (timedelta(days=800), "2 years ago"),
    ],
)
@pytest.mark.parametrize("use_tz", [True, False])
def test_an_age_is_said_with_the_right_plural(age: timedelta, said: str, use_tz: bool) -> None:
    with override_settings(USE_TZ=use_tz):
        assert naturaldate(now() - age) == said


def test_seconds_are_said_where_asked_for() -> None:
    assert naturaldate(now() - timedelta(seconds=1, milliseconds=5), include_seconds=True) == (
        "1 second ago"
    )
    assert naturaldate(now() - timedelta(seconds=12), include_seconds=True) == "12 seconds ago"


def test_yesterday_has_a_time() -> None:
    moment = now() - timedelta(hours=25)

    assert naturaldate(moment) in {f"yesterday at {moment:%H:%M}", "2 days ago"}


def test_nothing_is_said_of_no_date() -> None:
    assert naturaldate(None) == ""


def test_it_speaks_the_active_language() -> None:
    with translation.override("de"):
        assert naturaldate(now() - timedelta(minutes=5, seconds=1)) == "vor 5 Minuten"
    with translation.override("fr"):
        assert naturaldate(now() - timedelta(days=3)) == "il y a 3 jours"


@given(
    st.datetimes(timezones=st.sampled_from([None, UTC])),
    st.booleans(),
    st.sampled_from(["Europe/Berlin", "Pacific/Apia", "UTC"]),
)
def test_any_date_can_be_said(date: datetime, use_tz: bool, zone: str) -> None:
    with override_settings(USE_TZ=use_tz), timezone.override(zone):
        assert naturaldate(date)
