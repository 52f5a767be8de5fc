"""Make everything ready for the processes: environment, broker, database, user."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import tempfile
from typing import TYPE_CHECKING

import django
from celery import current_app
from config import broker
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connections
from django.db.utils import OperationalError
from kombu.exceptions import OperationalError as BrokerError

from .errors import DemoError

if TYPE_CHECKING:
    from pathlib import Path

USER = "demo"


def set_environment(state: Path) -> None:
    """What this process and those it starts share; variables that would win over it go."""
    for name in list(os.environ):
        if name.startswith("CELERY"):
            del os.environ[name]
    temporary = state / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
        "SITE_STATE": str(state),
        "TMPDIR": str(temporary),  # messages are moved through it, which is safe within one disk
    }
    tempfile.tempdir = None


def forget_everything(state: Path) -> None:
    """Start from nothing; the locks in ``run`` stay."""
    for path in state.iterdir():
        if path.is_dir() and path.name not in {"run", "tmp"}:
            shutil.rmtree(path)
        elif path.is_file():
            path.unlink()


def prepare(state: Path) -> str:
    """Make broker and database ready, and return the password of the user ``demo``."""
    django.setup()
    if is_embedded():
        broker.make_empty(state / "broker", settings.CELERY_TASK_DEFAULT_QUEUE)
    check_broker()
    check_database()
    call_command("migrate", verbosity=0)
    if is_embedded():
        resume()
    return make_user()


def is_embedded() -> bool:
    """Whether the broker is a folder that this demo has for itself."""
    return bool(settings.CELERY_BROKER_URL == broker.URL)


def resume() -> None:
    """Go on with what the broker knew until it was emptied."""
    from gallery.albums import resume_albums  # noqa: PLC0415  # needs Django's apps
    from gallery.trials import forget_unfinished_trials  # noqa: PLC0415

    resume_albums()
    forget_unfinished_trials()


def check_broker() -> None:
    with current_app.connection_for_write() as connection:
        try:
            connection.ensure_connection(max_retries=1, timeout=5)
        except BrokerError as error:
            uri = connection.as_uri()
            raise DemoError(f"BROKER_URL: {uri} does not answer: {error}") from error


def check_database() -> None:
    database = connections["default"]
    try:
        database.ensure_connection()
    except OperationalError as error:
        raise DemoError(
            f"DATABASE_URL: the database {database.settings_dict['NAME']!r} cannot be used: "
            f"{str(error).strip()}\nIt must exist; the tables are made in it."
        ) from error


def make_user() -> str:
    """Let ``demo`` log in to the admin: with DEMO_PASSWORD, or else a new password each time."""
    password = os.environ.get("DEMO_PASSWORD") or secrets.token_urlsafe(9)
    user, _ = get_user_model().objects.get_or_create(username=USER)
    user.is_staff = user.is_superuser = user.is_active = True
    user.set_password(password)
    user.save()
    return password


def choose_port(wanted: int | None, default: int) -> int:
    """``wanted``, which must be free; else ``default`` or, if it is taken, any free port."""
    if wanted is not None:
        if not is_free(wanted):
            raise DemoError(f"port {wanted} is taken: choose another one with --port")
        return wanted
    if default and is_free(default):
        return default
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def is_free(port: int) -> bool:
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        return False
