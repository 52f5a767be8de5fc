"""``"djcelery"`` in ``INSTALLED_APPS`` installs every component."""

from __future__ import annotations

import djcelery
import pytest
from django.apps.registry import Apps
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings


def names(installed: list[str]) -> list[str]:
    return [config.name for config in Apps(installed).get_app_configs()]


def test_one_line_brings_every_component() -> None:
    assert names(["djcelery"]) == ["djcelery", *djcelery.APPS]


def test_apps_spells_the_same_out() -> None:
    assert names([*djcelery.APPS]) == [*djcelery.APPS]


@pytest.mark.parametrize("component", djcelery.APPS)
def test_a_component_may_be_listed_before_or_after(component: str) -> None:
    expected = {"djcelery", *djcelery.APPS}

    assert set(names([component, "djcelery"])) == expected
    assert set(names(["djcelery", component])) == expected


def test_the_models_keep_the_label_of_old() -> None:
    registry = Apps(["djcelery"])

    assert registry.get_app_config("djcelery").name == "djcelery_models"
    assert registry.get_app_config("djcelery_facade").name == "djcelery"


def test_djcelery_components_chooses() -> None:
    with override_settings(DJCELERY_COMPONENTS=["djcelery_loader"]):
        assert names(["djcelery"]) == ["djcelery", "djcelery_loader", "djcelery_utils"]


@pytest.mark.parametrize(
    "value", ["djcelery_models", ["djcelery_modles"], True, [["djcelery_models"]]]
)
def test_a_wrong_choice_is_an_error_that_lists_the_components(value: object) -> None:
    with (
        override_settings(DJCELERY_COMPONENTS=value),
        pytest.raises(ImproperlyConfigured, match="it must be a list of djcelery_utils, "),
    ):
        Apps(["djcelery"])


def test_choosing_what_is_not_installed_names_the_pip_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("djcelery.apps.COMPONENTS", ("djcelery_absent",))
    with (
        override_settings(DJCELERY_COMPONENTS=["djcelery_absent"]),
        pytest.raises(ImproperlyConfigured, match="pip install djcelery-absent"),
    ):
        Apps(["djcelery"])
