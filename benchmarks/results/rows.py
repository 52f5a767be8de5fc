"""A million rows from one: what an implementation stored, again and again, at other times."""

from __future__ import annotations

from django.db import connection

FIRST_EXPIRED = "interval '32 days'"
LAST_EXPIRED = "interval '2 days'"
FIRST_LIVE = "interval '1 hour'"


class Rows:
    """The rows of one table (PostgreSQL)."""

    def __init__(self, table: str) -> None:
        self.table = table

    def delete(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {self.table}")

    def count(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {self.table}")  # noqa: S608  # a constant
            (number,) = cursor.fetchone()
        return int(number)

    def multiply(self, sample: str, *, expired: int, live: int) -> None:
        """Put ``expired`` and ``live`` rows like that of task ``sample`` in its place.

        The oldest come first. All times in a row are as far back as the row is old.
        """
        columns = self._columns()
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {self.table} ({', '.join(columns)})"  # noqa: S608  # names of columns
                f" SELECT {', '.join(columns.values())}"
                f" FROM {self.table}, generate_series(1, %(all)s) AS number,"
                " LATERAL (SELECT CASE WHEN number <= %(expired)s"
                f" THEN {FIRST_EXPIRED} + ({LAST_EXPIRED} - {FIRST_EXPIRED}) * number / %(expired)s"
                f" ELSE {FIRST_LIVE} * (%(all)s - number) / %(all)s END AS age) AS aged"
                " WHERE task_id = %(sample)s ORDER BY number",
                {"all": expired + live, "expired": expired, "sample": sample},
            )
            cursor.execute(f"DELETE FROM {self.table} WHERE task_id = %s", [sample])  # noqa: S608
            cursor.execute(f"VACUUM ANALYZE {self.table}")
            cursor.execute("CHECKPOINT")

    def _columns(self) -> dict[str, str]:
        """What each column is to be, in SQL; without those that the database fills itself."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT column_name, data_type FROM information_schema.columns"
                " WHERE table_name = %s AND is_identity = 'NO' AND is_generated = 'NEVER'",
                [self.table],
            )
            types = dict(cursor.fetchall())
        aged = {
            name: f"{name} - age" for name, kind in types.items() if kind.startswith("timestamp")
        }
        return {name: name for name in types} | aged | {"task_id": "gen_random_uuid()"}
