"""Celery apps, and databases made by old releases on the server that DATABASE_URL names."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from celery import Celery, _state
from django.core.management import call_command
from django.db import connections
from django.db.utils import ConnectionHandler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper
    from pytest_django import DjangoDbBlocker

LEGACY = Path(__file__).parent / "data" / "legacy"
SERVERS = {"postgresql": pytest.mark.postgresql, "mysql": pytest.mark.mariadb}


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyDatabase:
    """A copy of a database of an old release, and what that release read from it."""

    alias: str
    expected: dict[str, Any]

    @property
    def connection(self) -> BaseDatabaseWrapper:
        return connections[self.alias]

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        """Run one statement, or on SQLite a script. Returns the rows of a SELECT."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []

    def migrate(self, *arguments: str, **options: Any) -> None:
        call_command("migrate", *arguments, database=self.alias, verbosity=0, **options)


def legacy_databases() -> list[Any]:
    dumps = [*LEGACY.glob("*/*.sqlite3.gz"), *LEGACY.glob("*/*.sql.gz")]
    return [as_parameter(path) for path in sorted(dumps)]


def as_parameter(path: Path) -> Any:
    release, name = path.parent.name.removeprefix("django-celery-"), path.name.partition(".")[0]
    vendor = name.partition("-")[0]
    marks = [SERVERS[vendor]] if vendor in SERVERS else []
    return pytest.param(f"{path.parent.name}/{name}", id=f"{release}-{name}", marks=marks)


@pytest.fixture(params=legacy_databases())
def legacy(
    request: pytest.FixtureRequest,
    settings: Any,
    scratch_database: Callable[[str], str],
) -> LegacyDatabase:
    """Each database of each old release in turn, under the settings of the site that wrote it."""
    folder, name = request.param.split("/")
    expected = json.loads(
        gzip.decompress((LEGACY / folder / f"{name}.expected.json.gz").read_bytes())
    )
    settings.USE_TZ, settings.TIME_ZONE = expected["use_tz"], expected["time_zone"]
    vendor = name.partition("-")[0]
    alias = scratch_database(vendor if vendor in SERVERS else "sqlite")
    (dump,) = (LEGACY / folder).glob(f"{name}.sql*.gz")
    load(connections[alias], gzip.decompress(dump.read_bytes()))
    return LegacyDatabase(alias=alias, expected=expected)


@pytest.fixture
def scratch_database(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[Callable[[str], str]]:
    """Make an empty database and give its alias; all are dropped at the end."""
    made: list[str] = []

    def make(vendor: str) -> str:
        alias = f"djcelery_scratch_{uuid4().hex[:12]}"
        connect_to(alias, vendor, tmp_path)
        made.append(alias)
        return alias

    with django_db_blocker.unblock():
        yield make
        for alias in made:
            drop(alias)


def connect_to(alias: str, vendor: str, folder: Path) -> None:
    options: dict[str, Any]
    if vendor == "sqlite":
        options = {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(folder / f"{alias}.sqlite3"),
            "OPTIONS": {"timeout": 60},  # a thread that writes all the time is in the way of all
        }
    else:
        options = {**connections["default"].settings_dict, "NAME": alias, "TEST": {}}
        with connections["default"]._nodb_cursor() as cursor:
            charset = " CHARACTER SET utf8mb3" if vendor == "mysql" else ""
            cursor.execute(f"CREATE DATABASE {alias}{charset}")
    handler = ConnectionHandler({"default": {"ENGINE": ""}, alias: options})
    connections.settings[alias] = handler.settings[alias]


def drop(alias: str) -> None:
    connection = connections[alias]
    connection.close()
    if connection.vendor != "sqlite":
        with connections["default"]._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {alias}")
    del connections[alias]
    del connections.settings[alias]


def load(connection: BaseDatabaseWrapper, dump: bytes) -> None:
    if connection.vendor == "sqlite":
        Path(connection.settings_dict["NAME"]).write_bytes(dump)
        return
    with connection.cursor() as cursor:
        cursor.execute(dump.decode())
        while cursor.nextset():
            pass
    connection.close()  # the dump leaves settings behind in its session


@pytest.fixture
def make_app() -> Iterator[Callable[..., Celery]]:
    """Make an app with the settings given, the current one until the test ends."""
    before = getattr(_state._tls, "current_app", None)  # type: ignore[attr-defined]  # not in celery-types

    def make(**settings: Any) -> Celery:
        app = Celery("tests", set_as_current=False)
        app.conf.update(result_backend="disabled://", **settings)
        app.set_current()
        return app

    yield make
    _state._set_current_app(before)  # type: ignore[attr-defined]  # not in celery-types


@pytest.fixture
def app_with_pickle(make_app: Callable[..., Celery]) -> Celery:
    """An app that reads pickles, which old releases wrote."""
    return make_app(result_accept_content=["json", "pickle"])
