"""``DATABASE_ERRORS``: what a database raises, for ``except``."""

from __future__ import annotations

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
