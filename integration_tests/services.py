"""A database and a broker for one project: in its folder, or new ones on the servers named."""

from __future__ import annotations

import os
import shutil
from contextlib import AbstractContextManager, closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import dj_database_url
from django.db.utils import ConnectionHandler, OperationalError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celery import Celery

SQLITE = "django.db.backends.sqlite3"
LISTED = {
    "postgresql": "SELECT pid FROM pg_stat_activity WHERE datname = %s",
    "mysql": "SELECT id FROM information_schema.processlist WHERE db = %s",
}
ENDED = {"postgresql": "SELECT pg_terminate_backend(%s, 5000)", "mysql": "KILL %s"}
EMBEDDED = Path(__file__).parents[1] / "example_site/config/broker.py"
"""Kombu's ``filesystem://``, of which no message is read before it is whole."""
EXCHANGES = ("celery", "celeryev", "celery.pidbox", "reply.celery.pidbox")


def database_settings(path: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """An SQLite file in ``path``, or a new database on the server of ``DATABASE_URL``."""
    url = os.environ.get("DATABASE_URL")
    if url is None or url.startswith("sqlite"):
        options = {"timeout": 30}  # workers that write all the time are in the way of others
        return {"ENGINE": SQLITE, "NAME": str(path / "db.sqlite3"), "OPTIONS": options, **given}
    server = dict(dj_database_url.parse(url))
    name = f"djcelery_{uuid4().hex}"
    execute_without_database(server, f"CREATE DATABASE {name}")
    return {**server, "NAME": name, **given}


def drop_database(settings: Mapping[str, Any]) -> None:
    """Drop what ``database_settings`` has made."""
    if settings["ENGINE"] != SQLITE:
        force = " WITH (FORCE)" if "postgresql" in settings["ENGINE"] else ""
        execute_without_database(settings, f"DROP DATABASE {settings['NAME']}{force}")


def end_connections(settings: Mapping[str, Any]) -> int:
    """End all connections to the database of ``settings``, as a failover does; returns how many.

    Does not wait until the server has closed each.
    """
    vendor = "postgresql" if "postgresql" in settings["ENGINE"] else "mysql"
    with cursor_without_database(settings) as cursor:
        cursor.execute(LISTED[vendor], [settings["NAME"]])
        numbers = [number for (number,) in cursor.fetchall()]
        for number in numbers:
            with suppress(OperationalError):  # it has ended by itself
                cursor.execute(ENDED[vendor], [number])
    return len(numbers)


def execute_without_database(settings: Mapping[str, Any], statement: str) -> None:
    """Run ``statement`` on the server of ``settings``, outside its database."""
    with cursor_without_database(settings) as cursor:
        cursor.execute(statement)


def cursor_without_database(settings: Mapping[str, Any]) -> AbstractContextManager[Any]:
    plain = {**settings, "OPTIONS": {}}
    cursor: AbstractContextManager[Any] = ConnectionHandler({"default": plain})[
        "default"
    ]._nodb_cursor()
    return cursor


def broker_settings(path: Path) -> dict[str, Any]:
    """A broker in ``path``, or a new queue at ``BROKER_URL``."""
    url = os.environ.get("BROKER_URL", "filesystem://")
    settings: dict[str, Any] = {
        "CELERY_BROKER_URL": url,
        "CELERY_TASK_DEFAULT_QUEUE": f"djcelery-{uuid4().hex}",
        "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP": True,
    }
    if url != "filesystem://":
        return settings
    shutil.copy(EMBEDDED, path / "embedded_broker.py")
    messages, control, processed = (path / name for name in ("messages", "control", "processed"))
    for folder in (messages, control, processed):
        folder.mkdir()
    for exchange in (
        *EXCHANGES,
        settings["CELERY_TASK_DEFAULT_QUEUE"],
    ):  # two processes that make one of these at a time lose a binding
        (control / f"{exchange}.exchange").write_text("[]")
    options = {
        "data_folder_in": str(messages),
        "data_folder_out": str(messages),
        "control_folder": str(control),
        "store_processed": True,
        "processed_folder": str(processed),
        "polling_interval": 0.05,
    }
    return {
        **settings,
        "CELERY_BROKER_TRANSPORT": "embedded_broker:Transport",
        "CELERY_BROKER_TRANSPORT_OPTIONS": options,
    }


def transport_here(settings: Mapping[str, Any]) -> dict[str, str]:
    """Where this process, which is not in the project's folder, finds the embedded broker."""
    if "CELERY_BROKER_TRANSPORT" not in settings:
        return {}
    return {"CELERY_BROKER_TRANSPORT": "example_site.config.broker:Transport"}


def delete_queue(app: Celery) -> None:
    """Delete the queue that ``broker_settings`` has named, with what is left in it."""
    with closing(app.connection_for_write()) as connection:
        channel: Any = connection.default_channel
        channel.queue_delete(app.conf.task_default_queue)
    app.close()
