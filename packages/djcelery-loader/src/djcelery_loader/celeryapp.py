"""What the loader asks of a Celery app, and does to it, beyond the app's public face."""
# ruff: noqa: SLF001  # Celery has no public way to do any of this; it stands here and nowhere else

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from celery import _state, signals

if TYPE_CHECKING:
    from celery import Celery

KEPT = (
    "on_configure",
    "on_after_configure",
    "on_after_finalize",
    "on_after_fork",
    "steps",
    "user_options",
    "_pending",
    "_pending_defaults",
    "_pending_periodic_tasks",
)


def default_app() -> Celery | None:
    """The app of threads that have none of their own."""
    app: Celery | None = _state.default_app  # type: ignore[attr-defined]  # absent from the stubs
    return app


def is_fallback(app: Any) -> bool:
    """Whether Celery made the app itself, because there was none when one was asked for."""
    return app.main == "default" and not app.set_as_current


def make_default(app: Any) -> None:
    """Let all threads have the app, unless it is not to be current or there is one already."""
    default = default_app()
    if app.set_as_current and (default is None or is_fallback(default)):
        app.set_default()


def start_over(app: Any, *, loader: str) -> None:
    """Let the app read its configuration and make its tasks anew, by another loader.

    The object stays the same, for the tasks that were made hold it. What code has set on it, and
    connected to it, stays too.
    """
    kept = {name: vars(app)[name] for name in KEPT}
    given = {
        "main": app.main,
        "changes": dict(app._conf.changes if app.configured else app._preconf),
        "config_source": app._config_source,
        "namespace": app.namespace,
        # functions become tasks again when the app is finalized
        "tasks": {name: task for name, task in app._tasks.items() if not is_function(task)},
    }
    vars(app).clear()
    app.__init__(loader=loader, fixups=[], set_as_current=False, **given)
    vars(app).update(kept)


def is_function(task: object) -> bool:
    """Whether the task was made of a function, not written as a class."""
    return hasattr(task, "_decorated")


def change_loader(app: Any, *, loader: str) -> None:
    """Give the app another loader in the place of Celery's own; what it was told stays."""
    told = app.loader.task_modules
    app.loader_cls = loader
    del app.loader
    app.loader.task_modules |= told


def change_task_class(app: Any, base: type) -> None:
    """Let ``base`` be the class of the app's tasks, also of those that it has made already.

    An app with a task class of the project's own keeps it, however it came by it.
    """
    if app._custom_task_cls_used:
        return
    app.task_cls = f"{base.__module__}:{base.__qualname__}"
    made = vars(app).get("Task")
    if made is not None and made.__bases__ == base.__bases__:  # Celery's, not the project's own
        made.__bases__ = (base,)


def add_fixup(app: Any, fixup: object) -> None:
    """Add to the app's fixups; an app that is just being made collects them itself."""
    if app._fixups is not None:
        app._fixups.append(fixup)


def remove_fixups(app: Any, kind: type[Any]) -> None:
    """Remove Celery's fixup for Django, which is of class ``kind``, and what it has connected."""
    for fixup in app._fixups:
        if isinstance(fixup, kind):
            signals.import_modules.disconnect(fixup.on_import_modules, sender=app)
            signals.worker_init.disconnect(dispatch_uid=fixup._worker_init_uid)
    app._fixups = [fixup for fixup in app._fixups if not isinstance(fixup, kind)]


def is_configured(app: Any) -> bool:
    """Whether the app has its configuration, or knows where it is."""
    return app.configured or app._config_source is not None


def set_source(app: Any, source: str, *, namespace: str) -> None:
    """Say where the configuration is from that the app is about to get from its loader."""
    app._config_source = source
    app.namespace = app.namespace or namespace
