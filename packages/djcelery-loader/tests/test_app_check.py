"""The check that some Celery app has the settings of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from celery import Celery, _state
from djcelery_loader import install, setup_loader
from djcelery_loader.app_check import check_app

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_site_that_forgot_to_set_up_the_loader_is_told() -> None:
    (message,) = check_app()

    assert message.id == "djcelery_loader.W006"
    assert "djcelery.setup_loader()" in str(message.hint)


def test_the_app_that_celery_made_itself_does_not_count() -> None:
    assert _state.get_current_app()

    assert [message.id for message in check_app()] == ["djcelery_loader.W006"]


@pytest.mark.parametrize("style", ["A", "B", "C"])
def test_each_way_to_use_celery_is_enough(style: str, make_app: Callable[..., Any]) -> None:
    assert make_app(style)

    assert check_app() == []


@pytest.mark.parametrize(
    ("loader", "is_enough"),
    [
        ("djcelery_loader.loader:DjangoLoader", True),
        ("djcelery_loader.loader.DjangoAppLoader", False),
        ("celery.loaders.default:Loader", False),
        ("absent:Loader", False),
    ],
)
def test_a_loader_that_the_environment_names_is_enough_if_it_is_ours(
    monkeypatch: pytest.MonkeyPatch, loader: str, is_enough: bool
) -> None:
    monkeypatch.setenv("CELERY_LOADER", loader)

    assert (check_app() == []) is is_enough


def test_a_loader_that_was_set_up_after_the_app_was_made_is_too_late() -> None:
    app: Any = Celery("proj")
    app.set_default()
    setup_loader()

    (message,) = check_app()

    assert message.id == "djcelery_loader.W008"
    assert "'proj'" in message.msg
    install(app)
    assert check_app() == []
