"""What is in force now: each ``eager_tasks`` that has begun, and what settings and apps are told.

It is one for the whole process, as Django's settings and Celery's apps are.
"""

from __future__ import annotations

from contextlib import ExitStack
from threading import RLock
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver
from djcelery_loader.names import key_of, modern_name

from .celeryapp import ToldApp, ToldTasks, apps_here
from .layers import Layer, is_overridden_last

if TYPE_CHECKING:
    from collections.abc import Mapping

_lock = RLock()
_begun: list[Eagerness] = []
_told: dict[Any, ToldApp] = {}
_tasks = ToldTasks()


class Eagerness(Layer):
    """What one ``eager_tasks`` sets, by key of Celery."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(**named(values))
        self.values = values


def begin(values: Mapping[str, Any]) -> Eagerness:
    with _lock, ExitStack() as undoing:
        eagerness = Eagerness(values)
        eagerness.enable()
        _begun.append(eagerness)
        undoing.callback(end, eagerness)
        refresh()
        undoing.pop_all()
        return eagerness


def end(eagerness: Eagerness) -> None:
    with _lock:
        _begun.remove(eagerness)
        try:
            eagerness.disable()
        finally:
            refresh()


def refresh() -> None:
    """Tell all apps and tasks what is in force now; after the last end they have their own."""
    values, backends = told(), [each.values.get("result_backend") for each in _begun]
    backend = next(filter(None, reversed(backends)), None)
    for app in apps_here() if _begun else ():
        if app not in _told:
            _told[app] = ToldApp(app)
    for told_app in _told.values():
        told_app.tell(values, backend)
    if not _begun:
        while _told:
            _told.popitem()[1].end()
    _tasks.tell(store_result=any("task_store_eager_result" in each.values for each in _begun))


def told() -> dict[str, Any]:
    """What the settings say now of all that is in force: a test may have changed one."""
    keys = {key for each in _begun for key in each.values}
    named = {key: modern_name(key) for key in keys}
    return {key: getattr(settings, name) for key, name in named.items() if hasattr(settings, name)}


@receiver(setting_changed, dispatch_uid="djcelery_testing.active")
def follow(*, setting: str, value: object, enter: bool, **_kwargs: object) -> None:
    """A test overrides a setting: by whichever name it does, that counts, for all apps."""
    key = key_of(setting)
    with _lock:
        if key is None or not any(key in each.values for each in _begun):
            return
        modern = modern_name(key)
        if enter and not is_overridden_last(modern):
            setattr(settings, modern, value)
        refresh()


def names_of(key: str) -> list[str]:
    """The names by which the project's settings set ``key`` of Celery; the first one counts."""
    found = [name for name in dir(settings) if key_of(name) == key]
    return sorted(found, key=lambda name: name != modern_name(key))


def named(values: Mapping[str, Any]) -> dict[str, Any]:
    """``values``, by key of Celery, as settings: by the name of today and each that is in use."""
    today = {modern_name(key): value for key, value in values.items()}
    return {name: value for key, value in values.items() for name in names_of(key)} | today
