"""The check that asks a site with old rows for an explicit USE_TZ."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from djcelery_models.timezones import check_time_zone, has_old_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SETTINGS = """
SECRET_KEY = "tests"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "djcelery_models"]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": {name!r}}}}}
{extra}
"""


def check(folder: Path, name: str, extra: str) -> str:
    """What ``manage.py check --database default`` of a project prints about an SQLite file."""
    (folder / "site_settings.py").write_text(SETTINGS.format(name=str(name), extra=extra))
    command = [sys.executable, "-m", "django", "check", "--database", "default"]
    options = ["--settings", "site_settings", "--pythonpath", str(folder)]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def test_old_rows_are_known_before_and_after_the_migration(legacy: Any) -> None:
    assert has_old_rows(legacy.connection)

    legacy.migrate(fake_initial=True)

    assert has_old_rows(legacy.connection)


def test_a_new_database_has_no_old_rows(scratch_database: Callable[[str], str]) -> None:
    alias = scratch_database(connections[DEFAULT_DB_ALIAS].vendor)
    assert not has_old_rows(connections[alias])

    call_command("migrate", database=alias, verbosity=0)

    assert not has_old_rows(connections[alias])


@pytest.mark.parametrize("legacy", ["django-celery-3.3.1/py27-local"], indirect=True)
def test_old_rows_want_an_explicit_use_tz(legacy: Any, tmp_path: Path) -> None:
    name = legacy.connection.settings_dict["NAME"]

    assert "djcelery_models.W001" in check(tmp_path, name, "")
    assert "no issues" in check(tmp_path, name, "USE_TZ = False")


def test_who_names_use_tz_is_not_asked(legacy: Any) -> None:
    assert check_time_zone(databases=[legacy.alias]) == []
