"""What the app djcelery_loader brings to a site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.core import checks
from djcelery_loader import setup_loader
from djcelery_loader.settings import get_settings

if TYPE_CHECKING:
    from pytest_django import Settings


def test_the_app_brings_the_utilities() -> None:
    assert apps.is_installed("djcelery_utils")


def test_a_wrong_value_of_a_setting_is_an_error_of_a_check(settings: Settings) -> None:
    settings.DJCELERY_LOADER_CONN_MIN_AGE = "1 hour"

    messages = checks.run_checks(tags=["djcelery"])

    assert "DJCELERY_LOADER_CONN_MIN_AGE is '1 hour'; it must be a number." in [
        message.msg for message in messages
    ]


def test_checks_look_at_the_names_of_settings_and_at_the_result_backend(
    settings: Settings,
) -> None:
    setup_loader()
    settings.CELERY_RESULT_BACKEND = "databse"
    settings.CELERY_TASK_ALWAYS_EAGR = True

    found = {message.id for message in checks.run_checks()}

    assert found >= {"djcelery_loader.W003", "djcelery_loader.E001"}


def test_a_connection_lives_for_a_minute_unless_the_project_says_more(settings: Settings) -> None:
    assert get_settings().conn_min_age == 60

    settings.DJCELERY_LOADER_CONN_MIN_AGE = 0.5

    assert get_settings().conn_min_age == 0.5
