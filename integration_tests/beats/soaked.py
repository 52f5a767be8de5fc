"""The projects whose beats are soaked, each in a database of a server of the soak's own."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import django
from django.conf import settings
from django.db import connection, connections

from integration_tests.conftest import making_projects
from integration_tests.soak.servers import private_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from integration_tests.conftest import MakeProject
    from integration_tests.projects import Project

RABBITMQ: Final = "amqp://guest:guest@127.0.0.1:5672//"
OWN_SERVERS: Final = ("postgresql", "mariadb")
DATABASES: Final = (*OWN_SERVERS, "sqlite", "given")
WAL: Final = {
    "OPTIONS": {
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
}


@contextmanager
def soaking(database: str) -> Iterator[MakeProject]:
    """Make projects on one of ``DATABASES``; a server is gone with all it has after the block."""
    os.environ.setdefault("BROKER_URL", RABBITMQ)
    settings.configure(INSTALLED_APPS=["djcelery_beat"], USE_TZ=True)
    django.setup()
    if database in OWN_SERVERS:
        with private_server(database) as server:
            os.environ["DATABASE_URL"] = server.url
            with making_in_a_folder() as make:
                yield make
        return
    if database == "sqlite":
        os.environ.pop("DATABASE_URL", None)
    with making_in_a_folder() as make:
        yield make


@contextmanager
def making_in_a_folder() -> Iterator[MakeProject]:
    with tempfile.TemporaryDirectory() as folder, making_projects(Path(folder)) as make:
        yield make


def make_soaked(
    make: MakeProject,
    *,
    database: Mapping[str, Any] | None = None,
    files: Mapping[str, str] | None = None,
    **options: Any,
) -> Project:
    """A project with djcelery_beat, whose database is that of the models of this process.

    database: over what ``DATABASE_URL`` names, once the tables are made. options: further settings.
    """
    on_disk = {} if "DATABASE_URL" in os.environ else WAL
    installed = {"INSTALLED_APPS": ["djcelery_beat", "shop"]}
    project = make(settings={**installed, **options}, files=files, database=on_disk)
    project.manage("migrate", "--verbosity", "0")
    given = project.settings
    there = {"default": {**given["DATABASES"]["default"], **(database or {})}}
    project.settings = {**given, "DATABASES": there}
    project.write(files or {})
    project.settings = given  # by which its database is dropped
    connections.settings = connections.configure_settings(there)
    del connections["default"]  # that of the run before, or of no database
    return project


def server_version() -> Any:
    return f"{connection.display_name} {'.'.join(map(str, connection.get_database_version()))}"


def broker_of(project: Project) -> str:
    scheme: str = project.settings["CELERY_BROKER_URL"].partition(":")[0]
    return scheme
