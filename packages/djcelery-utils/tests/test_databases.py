"""``DATABASE_ERRORS``: what a database raises, for ``except``."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction
from django.db.utils import ConnectionHandler
from djcelery_utils.databases import DATABASE_ERRORS

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import DjangoDbBlocker


@pytest.mark.django_db
def test_a_statement_that_fails_is_a_database_error() -> None:
    with pytest.raises(DATABASE_ERRORS), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")


def test_a_database_that_cannot_be_opened_is_one(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    absent = tmp_path / "absent" / "db.sqlite3"
    handler = ConnectionHandler(
        {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(absent)}}
    )

    with pytest.raises(DATABASE_ERRORS), django_db_blocker.unblock():
        handler["default"].ensure_connection()


def test_no_driver_is_imported_for_it() -> None:
    drivers = {"sqlite3", "psycopg", "psycopg2", "MySQLdb", "oracledb"}
    source = (
        "import sys; from djcelery_utils.databases import DATABASE_ERRORS as errors; "
        f"print(len(errors), {drivers!r} & set(sys.modules))"
    )

    printed = subprocess.check_output([sys.executable, "-c", source], text=True)

    assert printed == "2 set()\n"
