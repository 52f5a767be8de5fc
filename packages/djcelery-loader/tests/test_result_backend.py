"""Where results go by default, and what is said of a name that nobody knows."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from celery import Celery
from celery.backends.base import DisabledBackend
from django.apps import AppConfig, apps
from django.core.exceptions import ImproperlyConfigured
from djcelery_loader import result_backend, setup_loader
from djcelery_loader.loader import DjangoLoader
from djcelery_loader.result_backend import check_result_backend, default_backend

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_django import Settings


class LoaderOfTheProject(DjangoLoader):
    """A loader of the project's own."""


KNOWN = "cache, .*database, .*disabled, .*redis"


@pytest.fixture
def _no_backends(monkeypatch: pytest.MonkeyPatch) -> None:
    for label, config in list(apps.app_configs.items()):
        if config.name == "djcelery_backends":
            monkeypatch.delitem(apps.app_configs, label)


@pytest.fixture
def _backends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    module = ModuleType("djcelery_backends")
    module.__path__ = [str(tmp_path)]
    monkeypatch.setitem(apps.app_configs, "backends", AppConfig("djcelery_backends", module))


@pytest.fixture
def _absent_backends(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "djcelery_backends"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if "djcelery-backends" not in path])
    sys.path_importer_cache.clear()


@pytest.mark.usefixtures("_no_backends")
@pytest.mark.parametrize("style", ["B", "C"])
def test_results_are_not_stored_where_the_backends_are_not_installed(
    make_app: Callable[..., Any], style: str
) -> None:
    app = make_app(style)

    assert app.conf.result_backend is None
    assert isinstance(app.backend, DisabledBackend)


@pytest.mark.usefixtures("_backends")
@pytest.mark.parametrize("style", ["B", "C"])
def test_results_go_to_the_database_where_the_backends_are_installed(
    make_app: Callable[..., Any], style: str
) -> None:
    assert default_backend() == "database"
    assert make_app(style).conf.result_backend == "database"


@pytest.mark.usefixtures("_backends")
def test_an_app_with_a_configuration_of_its_own_has_no_default(
    make_app: Callable[..., Any],
) -> None:
    assert make_app("A").conf.result_backend is None


@pytest.mark.usefixtures("_backends")
def test_a_project_may_say_that_it_needs_no_results(
    make_app: Callable[..., Any], settings: Settings
) -> None:
    settings.CELERY_RESULT_BACKEND = None

    assert isinstance(make_app("C").backend, DisabledBackend)


@pytest.mark.parametrize(
    ("chosen", "backend"),
    [
        ("database", "djcelery_backends.database.DatabaseBackend"),
        ("cache", "djcelery_backends.cache.CacheBackend"),
    ],
)
def test_database_and_cache_are_those_of_django(
    make_app: Callable[..., Any], settings: Settings, chosen: str, backend: str
) -> None:
    pytest.importorskip(backend.rpartition(".")[0])
    settings.CELERY_RESULT_BACKEND = chosen

    made = type(make_app("C").backend)

    assert f"{made.__module__}.{made.__qualname__}" == backend


@pytest.mark.usefixtures("_absent_backends")
@pytest.mark.parametrize("chosen", ["database", "cache"])
def test_a_backend_that_is_absent_names_the_pip_install(
    make_app: Callable[..., Any], settings: Settings, chosen: str
) -> None:
    settings.CELERY_RESULT_BACKEND = chosen

    with pytest.raises(ModuleNotFoundError, match="pip install djcelery-backends"):
        assert make_app("C").backend


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ("databse", f"is 'databse', which is none of .*{KNOWN}.* not the path of a class"),
        ("rediss2://user:secret@host", "is 'rediss2', which"),
        ("cach+memory://", "is 'cach', which"),
        ("absent.backends:Backend", "absent.backends:Backend.*No module named 'absent'"),
        ("celery.backends.base:Absent", "no attribute 'Absent'"),
    ],
)
def test_an_unknown_backend_is_named_with_the_known_ones(
    make_app: Callable[..., Any], settings: Settings, chosen: str, said: str
) -> None:
    settings.CELERY_RESULT_BACKEND = chosen

    with pytest.raises(ImproperlyConfigured, match=said) as raised:
        assert make_app("C").backend

    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "chosen", ["file:///tmp", "disabled", "celery.backends.base:DisabledBackend"]
)
def test_a_known_backend_is_made(
    make_app: Callable[..., Any], settings: Settings, chosen: str
) -> None:
    settings.CELERY_RESULT_BACKEND = chosen

    assert make_app("C").backend is not None


def test_a_backend_that_code_gives_as_a_class_is_made(make_app: Callable[..., Any]) -> None:
    app = make_app("B")
    app.backend_cls = DisabledBackend

    assert type(app.backend) is DisabledBackend


def test_the_backend_given_with_the_app_is_looked_at_too(make_app: Callable[..., Any]) -> None:
    app = make_app("B")
    app.backend_cls = "databse"

    with pytest.raises(ImproperlyConfigured, match="databse"):
        assert app.backend


def test_a_source_of_the_project_s_own_may_override_backends(make_app: Callable[..., Any]) -> None:
    app = make_app("B")
    app.config_from_object(
        {
            "override_backends": {"nowhere": "celery.backends.base:DisabledBackend"},
            "result_backend": "nowhere",
        }
    )

    assert type(app.backend) is DisabledBackend


def test_a_name_that_the_module_has_not_is_an_error() -> None:
    with pytest.raises(AttributeError, match=r"'djcelery_loader\.result_backend' .* 'Backend'"):
        assert result_backend.Backend


@pytest.mark.usefixtures("_no_backends")
def test_a_check_says_that_results_are_not_stored() -> None:
    setup_loader()

    (message,) = check_result_backend()

    assert message.id == "djcelery_loader.W005"
    assert "pip install djcelery-backends" in str(message.hint)


@pytest.mark.usefixtures("_no_backends")
def test_the_check_is_silent_where_the_loader_is_not_used() -> None:
    assert check_result_backend() == []


@pytest.mark.usefixtures("_backends")
def test_the_check_is_silent_where_the_database_is_the_default() -> None:
    setup_loader()

    assert check_result_backend() == []


@pytest.mark.usefixtures("_no_backends")
@pytest.mark.parametrize("chosen", [None, "redis://localhost", "disabled"])
def test_the_check_is_silent_where_the_project_has_chosen(
    settings: Settings, chosen: str | None
) -> None:
    settings.CELERY_RESULT_BACKEND = chosen
    setup_loader()

    assert check_result_backend() == []


def test_a_check_says_that_the_backend_is_unknown(settings: Settings) -> None:
    settings.CELERY_RESULT_BACKEND = "databse"
    setup_loader()

    (message,) = check_result_backend()

    assert message.id == "djcelery_loader.E001"
    assert "'databse'" in message.msg
    assert message.hint == "CELERY_RESULT_BACKEND sets it."


@pytest.mark.usefixtures("_backends")
@pytest.mark.parametrize("name", ["database", "cache"])
def test_the_check_tells_a_project_without_the_loader_our_name(
    name: str, settings: Settings
) -> None:
    settings.CELERY_RESULT_BACKEND = name

    (message,) = check_result_backend()

    assert message.id == "djcelery_loader.W007"
    assert f"'djcelery-{name}'" in str(message.hint)


@pytest.mark.parametrize("address", ["redis:/:s3cr3t@db/0", "redis:s3cr3t@db"])
def test_a_mistyped_address_does_not_give_away_its_password(
    make_app: Callable[..., Any], settings: Settings, address: str
) -> None:
    settings.CELERY_RESULT_BACKEND = address
    app = make_app("B")

    (message,) = check_result_backend()
    with pytest.raises(ImproperlyConfigured, match="The result backend is '") as raised:
        app.backend  # noqa: B018  # the access raises

    assert "s3cr3t" not in f"{message}{raised.value}"
    assert raised.value.__cause__ is None


@pytest.mark.usefixtures("_backends")
def test_a_loader_derived_from_ours_needs_no_other_names(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.CELERY_RESULT_BACKEND = "database"
    monkeypatch.setenv("CELERY_LOADER", f"{__name__}:LoaderOfTheProject")
    monkeypatch.setitem(
        sys.modules, __name__, SimpleNamespace(LoaderOfTheProject=LoaderOfTheProject)
    )

    assert check_result_backend() == []


@pytest.mark.usefixtures("_backends")
def test_no_result_backend_may_be_said_by_an_empty_text(
    make_app: Callable[..., Any], settings: Settings
) -> None:
    settings.CELERY_RESULT_BACKEND = ""

    assert check_result_backend() == []
    assert isinstance(make_app("B").backend, DisabledBackend)


def test_an_address_of_celery_s_own_cache_backend_stays_celery_s(
    make_app: Callable[..., Any],
) -> None:
    app = make_app("B", backend="cache+memory://")

    assert type(app.backend).__module__ == "celery.backends.cache"


@pytest.mark.usefixtures("_backends")
def test_the_check_asks_the_app_not_whether_setup_loader_was_called(settings: Settings) -> None:
    settings.CELERY_RESULT_BACKEND = "database"
    app: Any = Celery("proj")
    setup_loader()
    app.set_default()

    assert [message.id for message in check_result_backend()] == ["djcelery_loader.W007"]
