"""What tests change of a Celery app, beyond its public face, and how it is restored."""
# ruff: noqa: SLF001  # Celery has no public way to do any of this; it stands here and nowhere else

from __future__ import annotations

from threading import local
from typing import TYPE_CHECKING, Any

from celery import _state
from celery.app.backends import by_url
from celery.app.task import Task
from celery.exceptions import ImproperlyConfigured as CeleryImproperlyConfigured
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Mapping

STORES = "store_eager_result"
MISSING = object()


def apps_here() -> list[Any]:
    """Every app of this process; the current one is made if there is none."""
    _state.get_current_app()
    active: Any = vars(_state)["_apps"]
    return list(active)


class ToldApp:
    """An app that is told what its configuration is, and in the end has its own again.

    What the configuration says already, as that of an app does that reads Django's settings, is not
    set on it. An app that is not configured yet is told once it is.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self._values: Mapping[str, Any] = {}
        self._before: dict[str, Any] = {}
        self._own_backend: tuple[Any, Any, Any] | None = None
        app.on_after_configure.connect(self._change, weak=False)

    def tell(self, values: Mapping[str, Any], backend: str | None) -> None:
        """Let it be ``values``, by key, and store results in ``backend``; None: in its own."""
        self._values = values
        if self._app.configured:
            self._change()
        if backend is None:
            self._restore_backend()
        elif self._own_backend is None or self._app.backend_cls != backend:
            self._store_in(backend)

    def end(self) -> None:
        self.tell({}, None)
        self._app.on_after_configure.disconnect(self._change)

    def _change(self, **_kwargs: Any) -> None:
        conf, before = self._app.conf, self._before
        ended = before.keys() - self._values.keys()
        restore(conf.changes, {key: before.pop(key) for key in ended})
        for key, value in self._values.items():
            if conf[key] != value:
                before.setdefault(key, conf.changes.get(key, MISSING))
                conf.changes[key] = value

    def _store_in(self, backend: str) -> None:
        """Whatever configuration and environment say."""
        app = self._app
        self._own_backend = self._own_backend or backend_of(app)
        app.backend_cls, app._backend_cache, app._local = backend, None, local()

    def _restore_backend(self) -> None:
        if self._own_backend is not None:
            app = self._app
            app.backend_cls, app._backend_cache, app._local = self._own_backend
            self._own_backend = None


def backend_of(app: Any) -> tuple[Any, Any, Any]:
    """What is its result backend, for all threads and for each."""
    return app.backend_cls, app._backend_cache, app._local


def require_backend(backend: str) -> None:
    """Raise ImproperlyConfigured if the current app knows no such result backend."""
    app: Any = _state.get_current_app()
    try:
        by_url(backend, app.loader)
    except (CeleryImproperlyConfigured, ImportError, AttributeError) as error:
        message = f"The result_backend {backend!r} of the tests is none: {error}"
        raise ImproperlyConfigured(message) from error


class ToldTasks:
    """All tasks, that are told to store their results when they run in place.

    A task copies the setting when it is bound to its app. So those that are bound already are told
    one by one, those that are bound meanwhile find it in their base class, and copy it afterwards.
    """

    def __init__(self) -> None:
        self._before: list[tuple[Any, Any]] = []

    def tell(self, *, store_result: bool) -> None:
        """Let them store their results, or do again as they did."""
        if store_result and not self._before:
            owners = [Task, *tasks_here()]
            self._before += [(owner, vars(owner).get(STORES, MISSING)) for owner in owners]
            for owner in owners:
                setattr(owner, STORES, True)
        elif self._before and not store_result:
            self._restore()

    def _restore(self) -> None:
        for owner, value in self._before:
            if value is MISSING:
                delattr(owner, STORES)
            else:
                setattr(owner, STORES, value)
        self._before.clear()
        for task in tasks_here():
            if task.__bound__ and not hasattr(task, STORES):
                setattr(task, STORES, task.app.conf.task_store_eager_result)


def tasks_here() -> list[Any]:
    """The tasks that the apps have now; what is not evaluated yet stays so."""
    return [task for app in apps_here() for task in app._tasks.values()]


def restore(held: Any, before: Mapping[str, Any]) -> None:
    """Let ``held`` have the values in ``before`` again; what is MISSING there goes."""
    for name, value in before.items():
        if value is MISSING:
            held.pop(name, None)
        else:
            held[name] = value
