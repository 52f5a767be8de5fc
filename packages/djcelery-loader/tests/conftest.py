"""Celery apps in each way to use Celery with Django, and a database of a test's own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import pytest
from celery import Celery, _state, signals
from django.db import connections
from django.db.utils import ConnectionHandler
from django.test.utils import modify_settings
from djcelery_loader import install, setup_loader
from djcelery_loader.activation import FIXUP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_django import DjangoDbBlocker

SIGNALS: tuple[Any, ...] = (
    signals.import_modules,
    signals.worker_init,
    signals.beat_embedded_init,
)


@pytest.fixture(autouse=True)
def _restored_celery(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Celery as it is in a new process, and after the test as it was."""
    monkeypatch.setattr(_state, "default_app", None)
    monkeypatch.setattr("celery._state._tls.current_app", None)
    finalizers: Any = vars(_state)["_on_app_finalizers"]
    monkeypatch.setattr(_state, "_on_app_finalizers", set(finalizers))
    monkeypatch.setattr(_state, "_apps", WeakSet())
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("CELERY_LOADER", "")
    monkeypatch.delenv("CELERY_LOADER")
    fixups = set(Celery.builtin_fixups)
    Celery.builtin_fixups.discard(FIXUP)
    receivers = [list(signal.receivers) for signal in SIGNALS]
    yield
    Celery.builtin_fixups.clear()
    Celery.builtin_fixups.update(fixups)
    for signal, known in zip(SIGNALS, receivers, strict=True):
        signal.receivers[:] = known
        signal.sender_receivers_cache.clear()


@pytest.fixture
def make_app() -> Callable[..., Any]:
    """An app with ``install()`` (A), its own with ``setup_loader()`` (B), Celery's default (C)."""

    def make(style: str, **options: Any) -> Any:
        if style != "A":
            setup_loader()
        if style == "C":
            app = _state.get_current_app()
            app.conf.update(options)
            return app
        app = Celery("proj", **options)
        if style == "A":
            app.config_from_object("django.conf:settings", namespace="CELERY")
            install(app)
        return app

    return make


@pytest.fixture(params=["A", "B", "C"])
def style(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def app(style: str, make_app: Callable[..., Any]) -> Any:
    return make_app(style)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Install an app for the length of a test; its name begins with ``loader_app_``."""
    monkeypatch.syspath_prepend(str(tmp_path))
    added = []

    def install_app(name: str, **modules: str) -> None:
        package = tmp_path / name
        package.mkdir()
        for module, text in {"__init__": "", **modules}.items():
            (package / f"{module}.py").write_text(text)
        added.append(modify_settings(INSTALLED_APPS={"append": name}))
        added[-1].enable()

    yield install_app
    for change in reversed(added):
        change.disable()
    for name in [name for name in sys.modules if name.startswith("loader_app_")]:
        del sys.modules[name]


@pytest.fixture
def connection(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Any]:
    """An open connection to an SQLite file, alias ``own``."""
    given = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "own.sqlite3")}
    connections.settings["own"] = ConnectionHandler({"default": given}).settings["default"]
    open_ones = vars(connections)["_connections"]
    with django_db_blocker.unblock():
        connections["own"].ensure_connection()
        yield connections["own"]
        if hasattr(open_ones, "own"):
            connections["own"].in_atomic_block = False
            connections["own"].close()
            del connections["own"]
    del connections.settings["own"]
