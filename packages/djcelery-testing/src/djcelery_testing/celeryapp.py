"""What tests change of a Celery app, beyond its public face, and how it is restored."""
# ruff: noqa: SLF001  # Celery has no public way to do any of this; it stands here and nowhere else

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from celery import _state
from celery.app.task import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

STORES = "store_eager_result"
MISSING = object()


def apps_here() -> list[Any]:
    """Every app of this process; the current one is made if there is none."""
    _state.get_current_app()
    active: Any = vars(_state)["_apps"]
    return list(active)


@contextmanager
def configured(app: Any, told: Callable[[], Mapping[str, Any]]) -> Iterator[None]:
    """Let the configuration of ``app`` be what it is told, by key; if not loaded yet, once it is.

    What it says already, as that of an app does that reads Django's settings, is not set on it: so
    a test can change the setting.
    """
    before: dict[str, Any] = {}

    def change(**_kwargs: Any) -> None:
        for key, value in told().items():
            if app.conf[key] != value:
                before.setdefault(key, app.conf.changes.get(key, MISSING))
                app.conf.changes[key] = value

    app.on_after_configure.connect(change, weak=False)
    try:
        if app.configured:
            change()
        yield
    finally:
        app.on_after_configure.disconnect(change)
        if before:
            restore(app.conf.changes, before)


@contextmanager
def storing_results() -> Iterator[None]:
    """Let all tasks store their results when they run in place.

    A task copies the setting when it is bound to its app. So those that are bound already are told
    one by one, those that are bound meanwhile find it in their base class, and copy it afterwards.
    """
    before: list[tuple[Any, Any]] = [(Task, vars(Task).get(STORES, MISSING))]
    before += [(task, vars(task).get(STORES, MISSING)) for task in tasks_here()]
    for owner, _ in before:
        setattr(owner, STORES, True)
    try:
        yield
    finally:
        for owner, value in before:
            if value is MISSING:
                delattr(owner, STORES)
            else:
                setattr(owner, STORES, value)
        for task in tasks_here():
            if task.__bound__ and not hasattr(task, STORES):
                setattr(task, STORES, task.app.conf.task_store_eager_result)


@contextmanager
def storing_in(app: Any, backend: str) -> Iterator[None]:
    """Let ``app`` store results in ``backend``, whatever its configuration and environment say."""
    here = vars(app._local)
    own, shared, of_thread = app.backend_cls, app._backend_cache, here.pop("backend", MISSING)
    app.backend_cls, app._backend_cache = backend, None
    try:
        yield
    finally:
        app.backend_cls, app._backend_cache = own, shared
        restore(here, {"backend": of_thread})


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
