"""The limit: a claim in SQL, without Django, and Celery's ``send_task``."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from celery import Celery

BATCH = 1_000
CLAIM = (
    "SELECT id, task, args, every FROM beat_limit WHERE next_run <= %s "
    "ORDER BY next_run LIMIT %s FOR UPDATE SKIP LOCKED"
)
NEXT = "SELECT min(next_run) FROM beat_limit"
WRITE = (
    "UPDATE beat_limit t SET next_run = v.next_run, last_run = %s, count = count + 1 "
    "FROM (SELECT unnest(%s::int[]) AS id, unnest(%s::timestamptz[]) AS next_run) v "
    "WHERE t.id = v.id"
)


class Limit:
    """One transaction a look: claim, send, write, and when the next is due."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def start(self) -> None:
        self._connection = psycopg.connect(os.environ["DATABASE_URL"])
        opened: Any = self._app.connection_for_write()
        opened.ensure_connection()
        self._producer = self._app.amqp.Producer(opened.channel(), auto_declare=False)
        self.tick()

    def tick(self) -> int:
        """Returns how many were sent."""
        now = datetime.now(UTC)
        with self._connection.transaction(), self._connection.cursor() as cursor:
            rows = cursor.execute(CLAIM, [now, BATCH]).fetchall()
            for _key, task, args, _every in rows:
                self._app.send_task(task, json.loads(args), producer=self._producer)
            if rows:
                keys = [row[0] for row in rows]
                following = [now + timedelta(seconds=row[3]) for row in rows]
                cursor.execute(WRITE, [now, keys, following])
            cursor.execute(NEXT).fetchone()
        return len(rows)

    def edit(self) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(
                "UPDATE beat_limit SET next_run = next_run + interval '1 s' "
                "WHERE id = (SELECT max(id) FROM beat_limit)"
            )
        self._connection.commit()

    update = edit
