"""Settings become one typed value, or an error that names the setting."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, Literal

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from djcelery_utils.apps import ComponentConfig
from djcelery_utils.checks import check_component_settings
from djcelery_utils.settings import read_settings
from djcelery_utils.shared import get_shared_settings


def read_sizes(name: str, value: Any) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be a list of lengths.")
    return tuple(len(item) for item in value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    count: int = 3
    seconds: float = 60
    keep: timedelta | None = None
    mode: Literal["own", "shared"] = "own"
    names: tuple[str, ...] = ()
    loud: bool = False
    title: str = ""
    sizes: tuple[int, ...] = field(default=(), metadata={"read": read_sizes})


class SampleConfig(ComponentConfig):
    name = "djcelery_sample"
    path = "."
    settings_type: ClassVar[type | None] = Sample
    settings_prefix = "DJCELERY_SAMPLE_"


def read() -> Sample:
    return read_settings(Sample, prefix="DJCELERY_SAMPLE_")


@pytest.fixture
def sample_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    configs = [SampleConfig("djcelery_sample", None)]
    monkeypatch.setattr("django.apps.apps.get_app_configs", lambda: configs)


def test_without_settings_the_defaults_hold() -> None:
    assert read() == Sample()


@pytest.mark.parametrize(
    ("name", "value", "read_value"),
    [
        ("count", 0, 0),
        ("seconds", 1, 1),
        ("seconds", 0.5, 0.5),
        ("keep", timedelta(days=1), timedelta(days=1)),
        ("keep", None, None),
        ("mode", "shared", "shared"),
        ("names", ["a", "b"], ("a", "b")),
        ("loud", True, True),
        ("title", "", ""),
        ("sizes", ["a", "bcd"], (1, 3)),
    ],
)
def test_a_value_of_the_right_type_is_read(name: str, value: Any, read_value: Any) -> None:
    with override_settings(**{f"DJCELERY_SAMPLE_{name.upper()}": value}):
        assert getattr(read(), name) == read_value


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("count", True, "a whole number"),
        ("count", 1.5, "a whole number"),
        ("seconds", "60", "a number"),
        ("keep", 5, "a timedelta or None"),
        ("mode", "Shared", "'own' or 'shared'"),
        ("names", "abc", "a list of strings"),
        ("names", [1], "a list of strings"),
        ("loud", 1, "True or False"),
        ("title", None, "a string"),
        ("sizes", 3, "a list of lengths"),
    ],
)
def test_another_type_is_an_error_that_says_what_is_allowed(
    name: str, value: Any, allowed: str
) -> None:
    setting = f"DJCELERY_SAMPLE_{name.upper()}"

    with override_settings(**{setting: value}), pytest.raises(ImproperlyConfigured) as raised:
        read()

    assert str(raised.value) == f"{setting} is {value!r}; it must be {allowed}."


@pytest.mark.usefixtures("sample_installed")
def test_the_check_reports_a_value_of_the_wrong_type() -> None:
    with override_settings(DJCELERY_SAMPLE_COUNT="many"):
        (message,) = check_component_settings()

    assert message.id == "djcelery_utils.E001"
    assert "DJCELERY_SAMPLE_COUNT is 'many'" in message.msg


@pytest.mark.usefixtures("sample_installed")
def test_the_check_says_which_name_a_misspelt_one_was_meant_to_be() -> None:
    with override_settings(DJCELERY_SAMPEL_COUNT=1):
        (message,) = check_component_settings()

    assert message.id == "djcelery_utils.W001"
    assert message.hint == "Did you mean DJCELERY_SAMPLE_COUNT?"


@pytest.mark.usefixtures("sample_installed")
def test_the_check_lists_the_known_names_when_none_is_near() -> None:
    with override_settings(DJCELERY_ZZZZZZZZZ=1):
        (message,) = check_component_settings()

    assert "DJCELERY_COMPONENTS, DJCELERY_SAMPLE_COUNT" in str(message.hint)


@pytest.mark.usefixtures("sample_installed")
def test_the_check_is_silent_about_what_is_right() -> None:
    with override_settings(DJCELERY_SAMPLE_COUNT=1, DJCELERY_COMPONENTS=[]):
        assert check_component_settings() == []


def test_secrets_are_masked_unless_the_project_says_otherwise() -> None:
    assert {"password", "api_key"} < set(get_shared_settings().mask_arguments)

    with override_settings(DJCELERY_MASK_ARGUMENTS=[]):
        assert get_shared_settings().mask_arguments == ()


def test_the_check_reports_masks_that_are_no_list() -> None:
    with override_settings(DJCELERY_MASK_ARGUMENTS="password"):
        (message,) = check_component_settings()

    assert message.msg == "DJCELERY_MASK_ARGUMENTS is 'password'; it must be a list of strings."


def test_the_check_knows_the_setting_that_belongs_to_all() -> None:
    with override_settings(DJCELERY_MASK_ARGUMENTS=["pin"]):
        assert check_component_settings() == []
