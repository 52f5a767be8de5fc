"""The rules of ``DJCELERY_BACKENDS_RETENTION``, read and checked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from djcelery_backends.retention import Rule
from djcelery_backends.settings import get_settings

if TYPE_CHECKING:
    from pytest_django import Settings

NAME = "DJCELERY_BACKENDS_RETENTION"


def test_without_the_setting_there_are_no_rules() -> None:
    assert get_settings().retention == ()


def test_rules_are_read_in_order(settings: Settings) -> None:
    settings.DJCELERY_BACKENDS_RETENTION = [
        {"name": "shop.ping", "state": "SUCCESS", "expires": timedelta(hours=1)},
        {"state": "FAILURE", "expires": None},
        {"name": "shop.report", "keep": 1000},
        {"expires": 3600.5},
    ]

    assert get_settings().retention == (
        Rule(name="shop.ping", state="SUCCESS", expires=timedelta(hours=1)),
        Rule(state="FAILURE"),
        Rule(name="shop.report", keep=1000),
        Rule(expires=3600.5),
    )


NO_LIMIT = "it must be more than 0, or None for no limit."
WRONG: list[tuple[Any, str]] = [
    ({"keep": 1}, " is {'keep': 1}; it must be a list of dictionaries."),
    (["shop.ping"], "[0] is 'shop.ping'; it must be a dictionary."),
    ([{"task": "a", "keep": 1}], "[0] has 'task'; known are name, state, expires, keep."),
    (
        [{"keep": 1, "state": "FAILURE"}, {"name": "shop.ping"}],
        "[1] does not say what is kept; give 'expires' (None: for ever) or 'keep'.",
    ),
    ([{"name": 5, "keep": 1}], "[0]['name'] is 5; it must be a string or None."),
    ([{"expires": "1h"}], "[0]['expires'] is '1h'; it must be a number or a timedelta or None."),
    ([{"expires": 0}], f"[0]['expires'] is 0; {NO_LIMIT}"),
    ([{"expires": -timedelta(1)}], f"[0]['expires'] is datetime.timedelta(days=-1); {NO_LIMIT}"),
    ([{"expires": float("nan")}], f"[0]['expires'] is nan; {NO_LIMIT}"),
    ([{"name": "a\0", "keep": 1}], "[0]['name'] is 'a\\x00'; no task name has a NUL."),
    ([{"state": "success", "keep": 1}], "[0]['state'] is 'success'; the state is 'SUCCESS'."),
    (
        [{"keep": 2**63}],
        f"[0]['keep'] is {2**63}; it must be at most {2**63 - 1}, or None for no limit.",
    ),
    ([{"keep": 2.5}], "[0]['keep'] is 2.5; it must be a whole number or None."),
    ([{"keep": 0}], f"[0]['keep'] is 0; {NO_LIMIT}"),
    (
        [{"state": "SUCCESS", "expires": 60}, {"state": "SUCCESS", "name": "a", "keep": 1}],
        "[1] is never reached: rule 0 matches all that it does. Put the narrower rule first.",
    ),
]


@pytest.mark.parametrize(("value", "message"), WRONG)
def test_a_wrong_rule_is_an_error_that_says_what_is_right(
    value: Any, message: str, settings: Settings
) -> None:
    settings.DJCELERY_BACKENDS_RETENTION = value

    with pytest.raises(ImproperlyConfigured) as raised:
        get_settings()

    assert str(raised.value) == NAME + message


def test_the_system_check_reports_a_wrong_rule(settings: Settings) -> None:
    settings.DJCELERY_BACKENDS_RETENTION = [{"keep": "all"}]

    found = [message for message in checks.run_checks() if message.id == "djcelery_utils.E001"]

    assert [message.msg for message in found] == [
        f"{NAME}[0]['keep'] is 'all'; it must be a whole number or None."
    ]
