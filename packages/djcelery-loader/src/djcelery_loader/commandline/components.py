"""What the commands call of components that need not be installed, by dotted path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from django.apps import apps
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CAMERA = "djcelery_snapshot.camera.Camera"
MONITOR = "djcelery_admin.monitor.run_monitor"


def camera_class() -> str:
    """The dotted path of the camera. Raises click.ClickException if there is none."""
    _require("celerycam", "djcelery_snapshot", extra="snapshot")
    return CAMERA


def run_monitor(arguments: Sequence[str]) -> int:
    """Run ``djcelerymon`` with its command-line arguments; its exit code.

    Raises click.ClickException if its component is not installed.
    """
    _require("djcelerymon", "djcelery_admin", extra="admin")
    run: Callable[[Sequence[str]], Any] = import_string(MONITOR)
    return int(run(arguments) or 0)


def _require(command: str, component: str, *, extra: str) -> None:
    if not apps.is_installed(component):
        raise click.ClickException(
            f"{command} needs {component}: pip install django-celery[{extra}], and have "
            f'"djcelery" or "{component}" in INSTALLED_APPS.'
        )
