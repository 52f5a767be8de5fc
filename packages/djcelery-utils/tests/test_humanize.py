"""``naturaldate``, the specification's ``djcelery.humanize``: dates as people say them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as django_settings
from django.template import Context, Template
from django.test import override_settings
from django.utils import timezone, translation
from djcelery_utils.clock import now
from djcelery_utils.humanize import naturaldate
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = datetime(2026, 11, 27, 11, 0, tzinfo=UTC)  # in Berlin
ZONES = st.sampled_from(
    ["Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]
)
RANKS = {"just now": 0.0, "in a moment": 0.1, "yesterday": -86_400.0, "tomorrow": 86_400.0}
SECONDS = {
    "second": 1,
    "minute": 60,
    "hour": 3_600,
    "day": 86_400,
    "week": 7 * 86_400,
    "month": 30 * 86_400,
    "year": 365 * 86_400,
}
moments = st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
distances = st.timedeltas(-timedelta(days=900), timedelta(days=900)) | st.timedeltas(
    -timedelta(days=3), timedelta(days=3)
)


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Let it be ``moment`` for Django, which gives it as the settings say."""

    def stopped() -> datetime:
        if django_settings.USE_TZ:
            return moment
        return moment.astimezone(timezone.get_default_timezone()).replace(tzinfo=None)

    monkeypatch.setattr("django.utils.timezone.now", stopped)


def rank(said: str) -> float:
    """How many seconds after now the earliest moment is of which this is said; roughly."""
    counted = re.fullmatch(r"(in )?(\d+) (\w+?)s?( ago)?", said)
    if counted is None:
        return RANKS[said.partition(" at ")[0]]
    ahead, count, unit, _ = counted.groups()
    return (1 if ahead else -1) * int(count) * SECONDS[unit]


@pytest.fixture(params=[True, False], ids=["USE_TZ", "no USE_TZ"])
def noon(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """It is noon on a Friday in Berlin, on a site with time zones and on one without."""
    at(monkeypatch, NOON)
    with override_settings(USE_TZ=request.param, TIME_ZONE="Europe/Berlin"):
        yield


@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize(
    ("distance", "said"),
    [
        (-timedelta(days=800), "2 years ago"),
        (-timedelta(days=365), "1 year ago"),
        (-timedelta(days=364), "12 months ago"),
        (-timedelta(days=65), "2 months ago"),
        (-timedelta(days=30), "1 month ago"),
        (-timedelta(days=15), "2 weeks ago"),
        (-timedelta(days=7), "1 week ago"),
        (-timedelta(days=3), "3 days ago"),
        (-timedelta(days=1, hours=13), "2 days ago"),
        (-timedelta(days=1, hours=11), "yesterday at 01:00"),
        (-timedelta(days=1), "yesterday at 12:00"),
        (-timedelta(hours=23, minutes=59), "23 hours ago"),
        (-timedelta(hours=1), "1 hour ago"),
        (-timedelta(minutes=59), "59 minutes ago"),
        (-timedelta(minutes=1), "1 minute ago"),
        (-timedelta(seconds=59), "just now"),
        (timedelta(0), "just now"),
        (timedelta(seconds=2), "just now"),
        (timedelta(seconds=3), "in a moment"),
        (timedelta(minutes=1), "in 1 minute"),
        (timedelta(minutes=4, seconds=59, milliseconds=1), "in 5 minutes"),
        (timedelta(hours=1), "in 1 hour"),
        (timedelta(hours=23, minutes=59), "in 23 hours"),
        (timedelta(days=1), "tomorrow at 12:00"),
        (timedelta(days=1, hours=12), "in 2 days"),
        (timedelta(days=7), "in 1 week"),
        (timedelta(days=15), "in 2 weeks"),
        (timedelta(days=30), "in 1 month"),
        (timedelta(days=65), "in 2 months"),
        (timedelta(days=365), "in 1 year"),
        (timedelta(days=800), "in 2 years"),
    ],
)
@pytest.mark.parametrize("is_naive", [True, False])
def test_a_distance_is_said_with_the_right_plural(
    distance: timedelta, said: str, is_naive: bool
) -> None:
    date = NOON + distance
    if is_naive:
        date = date.astimezone(ZoneInfo("Europe/Berlin")).replace(tzinfo=None)

    assert naturaldate(date) == said


@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize(
    ("distance", "said"),
    [(-1, "1 second ago"), (-12, "12 seconds ago"), (2, "just now"), (12, "in 12 seconds")],
)
def test_seconds_are_said_where_asked_for(distance: int, said: str) -> None:
    assert naturaldate(NOON + timedelta(seconds=distance), include_seconds=True) == said


@pytest.mark.usefixtures("noon")
def test_seconds_may_be_asked_for_by_position() -> None:
    said = naturaldate(NOON - timedelta(seconds=12), True)  # noqa: FBT003  # what is tested

    assert said == "12 seconds ago"


@pytest.mark.parametrize("value", ["never", 0, date(2026, 7, 1)])
def test_what_is_no_datetime_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=rf"{re.escape(repr(value))} is no datetime"):
        naturaldate(value)


def test_what_is_said_of_a_real_clock() -> None:
    assert naturaldate(now() - timedelta(hours=2)) == "2 hours ago"
    assert naturaldate(now() + timedelta(minutes=5)) == "in 5 minutes"


@override_settings(USE_TZ=True)
def test_a_day_is_one_of_the_current_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOON)
    date = NOON - timedelta(hours=37)  # the 25th, 22:00 UTC

    with timezone.override("UTC"):
        assert naturaldate(date) == "2 days ago"
    with timezone.override("Europe/Athens"):
        assert naturaldate(date) == "yesterday at 00:00"


@override_settings(USE_TZ=False, TIME_ZONE="UTC")
def test_without_time_zones_a_day_is_one_of_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOON)

    with timezone.override("Europe/Athens"):
        assert naturaldate(NOON - timedelta(hours=37)) == "2 days ago"


@override_settings(USE_TZ=True, TIME_ZONE="Europe/Berlin")
def test_the_hour_that_comes_twice_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, datetime(2026, 10, 25, 1, 10, tzinfo=UTC))  # 02:10, for the second time

    assert naturaldate(datetime(2026, 10, 25, 0, 50, tzinfo=UTC)) == "20 minutes ago"


@override_settings(USE_TZ=True, TIME_ZONE="Europe/Berlin")
def test_a_day_of_25_hours_is_not_yesterday(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, datetime(2026, 10, 25, 22, 50, tzinfo=UTC))

    assert naturaldate(datetime(2026, 10, 24, 22, 10, tzinfo=UTC)) == "24 hours ago"


def test_nothing_is_said_of_no_date() -> None:
    assert naturaldate(None) == ""


@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize(
    ("distance", "german", "french"),
    [
        (timedelta(0), "gerade eben", "à l\u2019instant"),
        (timedelta(seconds=30), "gleich", "dans un instant"),
        (-timedelta(minutes=5), "vor 5 Minuten", "il y a 5 minutes"),
        (-timedelta(days=1), "gestern um 12:00", "hier à 12:00"),
        (timedelta(days=1), "morgen um 12:00", "demain à 12:00"),
        (timedelta(hours=1), "in 1 Stunde", "dans 1 heure"),
        (timedelta(days=3), "in 3 Tagen", "dans 3 jours"),
        (timedelta(days=400), "in 1 Jahr", "dans 1 an"),
    ],
)
def test_it_speaks_the_active_language(distance: timedelta, german: str, french: str) -> None:
    for language, said in {"de": german, "fr": french}.items():
        with translation.override(language):
            assert naturaldate(NOON + distance) == said


@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize("language", ["de", "fr"])
@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("seconds", SECONDS.values())
@pytest.mark.parametrize("count", [1, 2])
def test_every_phrase_is_translated(language: str, sign: int, seconds: int, count: int) -> None:
    date = NOON + timedelta(seconds=sign * count * seconds * 1.01 + sign)
    english = naturaldate(date, include_seconds=True)

    with translation.override(language):
        assert naturaldate(date, include_seconds=True) != english


@pytest.mark.usefixtures("noon")
@override_settings(TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}])
@pytest.mark.parametrize(
    ("value", "shown"),
    [(NOON - timedelta(minutes=5), "5 minutes ago"), (None, ""), ("never", "never"), ("", "")],
)
def test_the_filter_says_it_in_templates(value: Any, shown: str) -> None:
    template = Template("{% load djcelery_humanize %}{{ value|naturaldate }}")

    assert template.render(Context({"value": value})) == shown


@settings(deadline=None)
@given(
    st.datetimes(timezones=st.sampled_from([None, UTC, ZoneInfo("America/Havana")])),
    st.booleans(),
    st.booleans(),
    ZONES,
    st.sampled_from(["en", "de", "fr"]),
)
def test_any_date_can_be_said(
    date: datetime, use_tz: bool, include_seconds: bool, zone: str, language: str
) -> None:
    with (
        override_settings(USE_TZ=use_tz),
        timezone.override(zone),
        translation.override(language),
    ):
        assert naturaldate(date, include_seconds=include_seconds)


@settings(deadline=None)
@given(moments, distances, distances, ZONES, st.booleans())
def test_what_is_older_never_reads_newer(
    current: datetime, one: timedelta, other: timedelta, zone: str, use_tz: bool
) -> None:
    older, newer = current + min(one, other), current + max(one, other)

    with (
        pytest.MonkeyPatch.context() as patch,
        override_settings(USE_TZ=use_tz, TIME_ZONE=zone),
    ):
        at(patch, current)
        first, second = (naturaldate(date, include_seconds=True) for date in (older, newer))

    assert rank(first) <= rank(second)
