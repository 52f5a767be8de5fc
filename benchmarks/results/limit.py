"""What the database itself can do, without Django and without Celery."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cached_property
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from .raw import TABLE, connect, marks, storing, upsert_statement

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from celery.app.task import Context

CHANNEL = "benchmark"
EXPIRES = timedelta(days=1)
BATCH = 5_000


class Limit:
    """One implementation: raw statements on a connection that is opened at its first use."""

    app = None

    def __init__(self, table: str = TABLE) -> None:
        self.table = table

    @cached_property
    def connection(self) -> Any:
        return connect()

    @cached_property
    def _store(self) -> Callable[[str, str, str], None]:
        return storing(self.connection.cursor(), self.statement())

    def statement(self) -> str:
        return upsert_statement()

    def store(self, task_id: str, state: str, value: object, _request: Context) -> None:
        self._store(task_id, state, json.dumps(value))

    def join(self, task_ids: Sequence[str]) -> list[object]:
        among = marks(len(task_ids))
        query = f"SELECT task_id, result FROM {self.table} WHERE task_id IN ({among})"  # noqa: S608  # marks
        cursor = self.connection.cursor()
        cursor.execute(query, list(task_ids))
        found = dict(cursor.fetchall())
        return [json.loads(found[task_id]) for task_id in task_ids]

    def clean_up(self) -> None:
        """Delete by ctid, a batch a transaction (PostgreSQL)."""
        expired = f"SELECT ctid FROM {self.table} WHERE date_done < %s"  # noqa: S608  # a constant
        batch = f"{expired} ORDER BY date_done LIMIT {BATCH}"
        query = f"DELETE FROM {self.table} WHERE ctid = ANY(ARRAY({batch}))"  # noqa: S608  # constants
        before = datetime.now(UTC) - EXPIRES
        while self.connection.execute(query, [before]).rowcount:
            pass


class Hit:
    """What is known of one awaited task."""

    def __init__(self) -> None:
        self.event = Event()
        self.value: object = None


class NotifyingLimit(Limit):
    """The limit of waiting: the storing statement notifies, one listener reads and wakes."""

    def __init__(self) -> None:
        super().__init__()
        self.hits: dict[str, Hit] = {}

    def statement(self) -> str:
        stored = f"WITH stored AS ({upsert_statement()} RETURNING task_id)"
        return f"{stored} SELECT pg_notify('{CHANNEL}', task_id) FROM stored"  # noqa: S608  # constants

    @cached_property
    def listener(self) -> Thread:
        listening = connect()
        listening.execute(f"LISTEN {CHANNEL}")
        thread = Thread(target=self._listen, args=(listening,), daemon=True)
        thread.start()
        return thread

    def wait(self, task_id: str, timeout_seconds: float) -> object:
        """``listener`` must have been looked at before the result is stored."""
        hit = self.hits.setdefault(task_id, Hit())
        if not hit.event.wait(timeout_seconds):
            raise TimeoutError(task_id)
        return self.hits.pop(task_id).value

    def _listen(self, listening: Any) -> None:
        query = f"SELECT task_id, result FROM {self.table} WHERE task_id = ANY(%s)"  # noqa: S608  # a constant
        while True:
            awaited = [notify.payload for notify in listening.notifies(stop_after=1)]
            for task_id, result in self.connection.execute(query, [awaited]):
                hit = self.hits.setdefault(task_id, Hit())
                hit.value = json.loads(result)
                hit.event.set()
