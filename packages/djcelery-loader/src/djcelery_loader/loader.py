"""The loaders: where Celery's configuration and tasks come from, and what is done around a task."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from celery import signals
from celery.contrib.django.task import DjangoTask
from celery.loaders.base import BaseLoader
from django.conf import settings
from django.core.cache import close_caches
from django.utils import timezone
from kombu.utils.compat import detect_environment

from .autodiscovery import InstalledApps, autodiscover
from .celeryapp import add_fixup, change_task_class, is_configured, make_default, set_source
from .configuration import SOURCE, CelerySettings
from .connections import TaskConnections, close_all, leave_inherited
from .duties import put_project_on_path, require_django, set_up_django, warn_about_debug
from .names import NAMESPACE
from .result_backend import default_backend, overrides, require_known_backend
from .settings import REUSE_MAX, get_settings, reuse_max

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from celery import Celery


class DjangoAppLoader(BaseLoader):
    """For an app with a configuration of its own: does around tasks what Django needs."""

    setting_defaults: ClassVar[Mapping[str, Callable[[], Any]]] = {}
    app: Any
    task_modules: set[str]
    _conf: Any

    def __init__(self, app: Celery, **kwargs: Any) -> None:
        super().__init__(app, **kwargs)
        require_django()
        put_project_on_path()
        change_task_class(app, DjangoTask)
        make_default(app)
        add_fixup(app, InstalledApps())

    def now(self, utc: bool = False) -> datetime:  # noqa: FBT001, FBT002  # Celery's signature
        """The current time as Django has it: aware in UTC, naive and local with USE_TZ off."""
        return datetime.now(UTC) if utc else timezone.now()

    def config_from_object(self, obj: Any, silent: bool = False) -> Any:  # noqa: FBT001, FBT002
        """Read Django's settings in a way that lists those of Celery alone."""
        found: Any = super().config_from_object(obj, silent=silent)
        if getattr(self._conf, "obj", None) is settings:
            self._conf = CelerySettings(self.app.namespace, self.setting_defaults)
        return found

    def import_default_modules(self) -> list[Any]:
        """Load Django's apps, then the modules with tasks."""
        set_up_django()
        return super().import_default_modules()

    def on_worker_init(self) -> None:
        """A worker or beat starts: nothing that is open now may be shared with its children."""
        self._pid = os.getpid()
        close_all()
        signals.worker_init.connect(warn_about_debug, dispatch_uid="djcelery_loader.debug")
        signals.beat_embedded_init.connect(self._on_new_process)

    def on_worker_process_init(self) -> None:
        self._on_new_process()

    def on_task_init(self, task_id: str, task: Any) -> None:  # noqa: ARG002  # Celery's signature
        self.task_connections.before_task(task)

    def on_process_cleanup(self) -> None:
        self.task_connections.after_task()
        close_caches()

    @cached_property
    def task_connections(self) -> TaskConnections:
        """Made once a process, for it is used twice a task."""
        return TaskConnections(
            min_age=get_settings().conn_min_age,
            max_tasks=reuse_max(self.app.conf.get(REUSE_MAX)),
            each_task=detect_environment() != "default",
        )

    def _on_new_process(self, **_kwargs: Any) -> None:
        """An embedded beat or a child of the pool starts; as a thread it has nothing inherited."""
        if os.getpid() != self._pid:
            leave_inherited()


class DjangoLoader(DjangoAppLoader):
    """Configures an app from Django's settings, and finds the tasks of all installed apps.

    The settings have the names of today with the prefix ``CELERY_``, or the old ones.
    """

    setting_defaults: ClassVar = {"CELERY_RESULT_BACKEND": default_backend}

    def __init__(self, app: Celery, **kwargs: Any) -> None:
        super().__init__(app, **kwargs)
        self._given_backends: dict[str, str] = {}
        if not is_configured(app):
            app.config_from_object(SOURCE, namespace=NAMESPACE)

    def read_configuration(self, env: str = "") -> Any:  # noqa: ARG002  # Celery's signature
        """Django's settings, where the configuration is what made Celery build the loader."""
        set_source(self.app, SOURCE, namespace=NAMESPACE)
        return CelerySettings(self.app.namespace, self.setting_defaults)

    @property
    def override_backends(self) -> dict[str, str]:
        """Asked for when a result backend is made: the moment to say what is wrong with it."""
        chosen = self.app.backend_cls or self.app.conf.result_backend
        aliases = overrides(chosen) | self._given_backends
        require_known_backend(chosen, aliases)
        return aliases

    @override_backends.setter
    def override_backends(self, given: dict[str, str]) -> None:
        self._given_backends = given

    def import_default_modules(self) -> list[Any]:
        modules = super().import_default_modules()
        found = autodiscover()
        self.task_modules.update(module.__name__ for module in found)
        return [*modules, *found]
