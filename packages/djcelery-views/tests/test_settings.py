"""The settings of djcelery_views, and the permissions that its views ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import Permission
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from djcelery_views.answers import RUN, VIEW, VIEW_PAYLOAD
from djcelery_views.settings import ViewsSettings, get_settings

if TYPE_CHECKING:
    from pytest_django import Settings


def test_states_are_not_public_unless_the_project_says_so() -> None:
    assert get_settings() == ViewsSettings(
        public_status=False, max_events=100, events_seconds=60.0, heartbeat_seconds=15.0
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_STATUS", "no"),
        ("MAX_EVENTS", -1),
        ("MAX_EVENTS", 1.5),
        ("EVENTS_SECONDS", 0),
        ("HEARTBEAT_SECONDS", 0),
        ("HEARTBEAT_SECONDS", None),
    ],
)
def test_a_wrong_value_is_refused_and_reported(
    settings: Settings, name: str, value: object
) -> None:
    setattr(settings, f"DJCELERY_VIEWS_{name}", value)

    with pytest.raises(ImproperlyConfigured, match=f"DJCELERY_VIEWS_{name} is {value!r}"):
        get_settings()
    assert "djcelery_utils.E001" in [message.id for message in run_checks(tags=["djcelery"])]


@pytest.mark.django_db
def test_the_permissions_are_there_to_be_given() -> None:
    names = Permission.objects.filter(content_type__app_label="djcelery")
    known = {f"djcelery.{codename}" for codename in names.values_list("codename", flat=True)}

    assert {RUN, VIEW, VIEW_PAYLOAD} <= known
