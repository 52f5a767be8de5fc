"""Django's settings as Celery reads them: live, under all names, and not more than Celery's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from django.test import override_settings
from djcelery_loader.configuration import CelerySettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django import Settings


@pytest.mark.parametrize("name", ["CELERY_TASK_ALWAYS_EAGER", "CELERY_ALWAYS_EAGER"])
def test_modern_and_old_names_are_read_live(app: Any, name: str) -> None:
    assert not app.conf.task_always_eager

    with override_settings(**{name: True}):
        assert app.conf.task_always_eager

    assert not app.conf.task_always_eager


def test_names_of_all_times_live_together(app: Any, settings: Settings) -> None:
    settings.CELERYD_CONCURRENCY = 3  # of 2.5
    settings.CELERY_RESULT_SERIALIZER = "yaml"  # of 3.1 and today
    settings.CELERY_TASK_ACKS_LATE = True  # of today

    assert app.conf.worker_concurrency == 3
    assert app.conf.result_serializer == "yaml"
    assert app.conf.task_acks_late


def test_the_modern_name_goes_before_the_old_one(app: Any, settings: Settings) -> None:
    settings.CELERY_DEFAULT_QUEUE = "old"
    settings.CELERY_TASK_DEFAULT_QUEUE = "modern"

    assert app.conf.task_default_queue == "modern"


def test_the_time_zone_of_the_site_is_celery_s(app: Any, settings: Settings) -> None:
    assert app.conf.timezone == settings.TIME_ZONE


def test_only_settings_of_celery_are_shown(app: Any, settings: Settings) -> None:
    settings.CELERY_TASK_ACKS_LATE = True
    settings.CELERY_DEFAULT_QUEUE = "old"
    settings.CELERY_SHOPS_OWN = "not Celery's"

    shown = app.conf.table()

    assert set(shown) >= {"CELERY_TASK_ACKS_LATE", "CELERY_DEFAULT_QUEUE"}
    assert not {"INSTALLED_APPS", "DATABASES", "SECRET_KEY", "CELERY_SHOPS_OWN"} & set(shown)


def test_other_settings_can_be_read_by_name(app: Any, settings: Settings) -> None:
    settings.CELERY_SHOPS_OWN = "not Celery's"

    assert app.conf.get("CELERY_SHOPS_OWN") == "not Celery's"
    assert app.conf.get("CELERY_SHOPS_OTHER", "absent") == "absent"


@pytest.mark.parametrize(
    ("namespace", "name"),
    [("SHOP", "SHOP_TASK_ACKS_LATE"), ("SHOP_", "SHOP_TASK_ACKS_LATE"), (None, "BROKER_URL")],
)
def test_the_settings_of_a_namespace_are_listed(
    namespace: str | None, name: str, settings: Settings
) -> None:
    settings.SHOP_TASK_ACKS_LATE = True
    settings.BROKER_URL = "memory://"

    listed = CelerySettings(namespace)

    assert name in listed
    assert name in list(listed)
    assert len(listed) == len(list(listed))


def test_a_setting_that_is_absent_raises_its_name() -> None:
    with pytest.raises(KeyError, match=r"^'CELERY_ABSENT'$"):
        CelerySettings("CELERY")["CELERY_ABSENT"]


def test_a_default_is_read_where_the_project_says_nothing(settings: Settings) -> None:
    listed = CelerySettings("CELERY", {"CELERY_IMPORTS": lambda: ("a",)})
    assert listed["CELERY_IMPORTS"] == ("a",)

    settings.CELERY_IMPORTS = ("b",)

    assert listed["CELERY_IMPORTS"] == ("b",)


def test_a_project_may_choose_another_source(make_app: Callable[..., Any]) -> None:
    app = make_app("B")

    app.config_from_object({"task_default_queue": "chosen"})

    assert app.conf.task_default_queue == "chosen"
    assert app.conf.task_acks_late is False


def test_a_project_may_choose_another_namespace(
    make_app: Callable[..., Any], settings: Settings
) -> None:
    settings.SHOP_TASK_ACKS_LATE = True
    app = make_app("B")

    app.config_from_object("django.conf:settings", namespace="SHOP")

    assert app.conf.task_acks_late
    assert "SHOP_TASK_ACKS_LATE" in app.conf.table()


def test_a_project_may_choose_another_source_later(make_app: Callable[..., Any]) -> None:
    app = make_app("B")
    assert app.conf.task_default_queue == "celery"

    app.config_from_object({"task_default_queue": "chosen"})

    assert app.conf.task_default_queue == "chosen"


def test_a_project_that_names_no_namespace_has_celery_s(
    make_app: Callable[..., Any], settings: Settings
) -> None:
    settings.CELERY_TASK_ACKS_LATE = True
    app = make_app("B")

    app.config_from_object("django.conf:settings")

    assert app.conf.task_acks_late


def test_a_source_given_with_the_app_is_kept(make_app: Callable[..., Any]) -> None:
    app = make_app("B", config_source={"task_default_queue": "chosen"})

    assert app.conf.task_default_queue == "chosen"


def test_the_environment_goes_before_the_settings(
    app: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CELERY_BROKER_URL = "memory://settings"
    monkeypatch.setitem(os.environ, "CELERY_BROKER_URL", "memory://environment")

    assert app.conf.broker_url == "memory://environment"


@pytest.mark.parametrize("style", ["B", "C"])
def test_old_names_are_no_reason_to_warn(
    make_app: Callable[..., Any], style: str, settings: Settings
) -> None:
    settings.CELERY_DEFAULT_QUEUE = "old"

    app = make_app(style)

    assert app.conf.task_default_queue == "old"
    assert app._config_source == "django.conf:settings"  # Celery's worker warns of any other
