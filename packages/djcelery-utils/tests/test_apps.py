"""An app brings others, wherever and however Django fills an app registry."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.apps.registry import Apps
from django.core.exceptions import ImproperlyConfigured
from django.test import modify_settings, override_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARENT = """
from djcelery_utils.apps import ComponentConfig

class Config(ComponentConfig):
    default = True
    name = "{name}"
    label = "{label}"
    brings = {brings!r}
    readied = []

    def ready(self):
        self.readied.append(self.label)
"""


def make_app(folder: Path, name: str, *, label: str = "", brings: tuple[str, ...] = ()) -> str:
    package = folder / name
    package.mkdir()
    (package / "__init__.py").touch()
    source = PARENT.format(name=name, label=label or name, brings=brings)
    (package / "apps.py").write_text(source)
    return name


@pytest.fixture(autouse=True)
def family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Three apps: ``grandparent`` brings ``parent``, which brings ``child``."""
    monkeypatch.syspath_prepend(tmp_path)
    make_app(tmp_path, "child")
    make_app(tmp_path, "parent", brings=("child",))
    make_app(tmp_path, "grandparent", brings=("parent", "absent"))
    yield tmp_path
    for name in ("child", "parent", "grandparent", "rival"):
        sys.modules.pop(name, None)
        sys.modules.pop(f"{name}.apps", None)


def names(installed: list[str]) -> list[str]:
    return [config.name for config in Apps(installed).get_app_configs()]


def test_an_app_brings_its_components_and_theirs_right_after_itself() -> None:
    assert names(["grandparent"]) == ["grandparent", "parent", "child"]


def test_a_component_that_is_not_installed_is_left_out() -> None:
    assert "absent" not in names(["grandparent"])


@pytest.mark.parametrize(
    "installed",
    [
        ["child", "grandparent"],
        ["grandparent", "child"],
        ["grandparent", "parent", "child"],
        ["child", "parent", "grandparent"],
        ["parent", "grandparent"],
        ["grandparent", "child.apps.Config"],
    ],
)
def test_listing_a_component_that_is_brought_too_is_harmless(installed: list[str]) -> None:
    registry = Apps(installed)

    assert sorted(registry.app_configs) == ["child", "grandparent", "parent"]


def test_a_config_that_a_project_lists_replaces_the_brought_one(tmp_path: Path) -> None:
    (tmp_path / "child" / "apps.py").write_text(
        PARENT.format(name="child", label="child", brings=())
        + "\nclass Special(Config):\n    default = False\n"
    )

    registry = Apps(["grandparent", "child.apps.Special"])

    assert type(registry.get_app_config("child")).__name__ == "Special"


def test_the_same_entry_twice_is_djangos_own_error() -> None:
    with pytest.raises(ImproperlyConfigured, match="duplicates: grandparent"):
        Apps(["grandparent", "grandparent"])


def test_a_label_that_another_app_has_taken_is_an_error_that_names_both(tmp_path: Path) -> None:
    make_app(tmp_path, "rival", label="child")

    with pytest.raises(ImproperlyConfigured, match=r"parent brings child.*'child' rival has taken"):
        Apps(["rival", "parent"])


def test_override_settings_attaches_and_detaches() -> None:
    with override_settings(INSTALLED_APPS=["grandparent"]):
        assert apps.is_installed("child")

    assert not apps.is_installed("child")


def test_modify_settings_attaches_and_detaches() -> None:
    with modify_settings(INSTALLED_APPS={"append": "parent"}):
        assert apps.is_installed("child")

    assert not apps.is_installed("child")


def test_each_app_is_made_ready_once() -> None:
    with override_settings(INSTALLED_APPS=["child", "grandparent", "parent"]):
        configs: list[Any] = [apps.get_app_config(label) for label in ("child", "parent")]
        readied = [config.readied for config in configs]

    assert readied == [["child"], ["parent"]]
