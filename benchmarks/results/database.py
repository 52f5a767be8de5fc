"""A database of the benchmark's own, so that no row of anybody's is touched."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import django
from django.db import connection

from .raw import create_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SETTINGS = "benchmarks.results.settings"


@contextmanager
def own_database(
    *,
    settings: str = SETTINGS,
    make_tables: Callable[[Any], None] = create_table,
    synchronous_commit: str | None = None,
) -> Iterator[str]:
    """Make, beside the database of ``DATABASE_URL``, one with all tables, and drop it after.

    Its name has ``_benchmark`` appended; what is there under that name is lost.
    settings: the module of Django's. make_tables: makes, with a cursor, those that no model has.
    synchronous_commit: on PostgreSQL, what every connection to it has; None as the server says.
    Gives the server's name and version.
    """
    use_settings(settings)
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with connection.cursor() as cursor:
            make_tables(cursor)
            if synchronous_commit:
                statement = (
                    f"ALTER DATABASE {connection.ops.quote_name(name)} SET synchronous_commit = %s"
                )
                cursor.execute(statement, [synchronous_commit])
        version = ".".join(map(str, connection.get_database_version()))
        connection.close()  # children must not inherit it
        yield f"{connection.display_name} {version}"
    finally:
        connection.ensure_connection()  # SQLite's last connection takes the files of WAL with it
        connection.creation.destroy_test_db(name, verbosity=0)


def use_settings(settings: str) -> None:
    """Set up Django, here and in processes to come, on the database to be made."""
    if "DATABASE_URL" not in os.environ:
        sys.exit(
            "DATABASE_URL is not set; it names the server to measure on (benchmarks/README.md)"
        )
    address, mark, options = os.environ["DATABASE_URL"].partition("?")
    os.environ["DATABASE_URL"] = f"{address}_benchmark{mark}{options}"
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    django.setup()


def require_postgresql() -> None:
    if connection.vendor != "postgresql":
        sys.exit(f"This measurement needs PostgreSQL; DATABASE_URL names {connection.display_name}")
