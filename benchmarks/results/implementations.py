"""Every implementation, by its name on the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from django.db import connection

from .celerybackend import CeleryBackend
from .limit import Limit, NotifyingLimit
from .raw import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from celery import Celery
    from celery.app.task import Context

PEER_TABLE: Final = "django_celery_results_taskresult"
OUR_TABLE: Final = "celery_taskmeta"
DIALECTS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+mysqldb", "sqlite": "sqlite"}


class Storing(Protocol):
    @property
    def app(self) -> Celery | None: ...

    def store(self, task_id: str, state: str, value: object, request: Context, /) -> None: ...


class Waiting(Storing, Protocol):
    def wait(self, task_id: str, timeout_seconds: float) -> object: ...


class Joining(Storing, Protocol):
    def join(self, task_ids: Sequence[str]) -> list[object]: ...


class Cleaning(Storing, Protocol):
    def clean_up(self) -> None: ...


def peer() -> CeleryBackend:
    """django-celery-results."""
    return CeleryBackend("django-db")


def sqlalchemy() -> CeleryBackend:
    """The backend that comes with Celery; its table's default name is the name of one of ours."""
    known = connection.settings_dict
    server = "{USER}:{PASSWORD}@{HOST}:{PORT}".format_map(known) if known["HOST"] else ""
    return CeleryBackend(
        f"db+{DIALECTS[connection.vendor]}://{server}/{known['NAME']}",
        database_table_names={
            "task": "benchmark_sqlalchemy",
            "group": "benchmark_sqlalchemy_group",
        },
    )


def ours() -> CeleryBackend:
    return CeleryBackend("djcelery-database")


def limit_peer_table() -> Limit:
    return Limit(PEER_TABLE)


STORING: dict[str, Callable[[], Storing]] = {
    "peer": peer,
    "sqlalchemy": sqlalchemy,
    "ours": ours,
    "limit": Limit,
}
WAITING: dict[str, Callable[[], Waiting]] = {
    "peer": peer,
    "ours": ours,
    "limit": NotifyingLimit,
}
JOINING: dict[str, Callable[[], Joining]] = {"peer": peer, "ours": ours, "limit": Limit}


@dataclass(frozen=True, slots=True, kw_only=True)
class CleaningCase:
    """Who stores in a table, who cleans it up, and whether anybody listens to post_delete."""

    table: str
    storing: Callable[[], Storing]
    cleaning: Callable[[], Cleaning]
    has_receiver: bool = False


CLEANING = {
    "peer": CleaningCase(table=PEER_TABLE, storing=peer, cleaning=peer),
    "peer-signal": CleaningCase(table=PEER_TABLE, storing=peer, cleaning=peer, has_receiver=True),
    "ours": CleaningCase(table=OUR_TABLE, storing=ours, cleaning=ours),
    "ours-signal": CleaningCase(table=OUR_TABLE, storing=ours, cleaning=ours, has_receiver=True),
    "limit": CleaningCase(table=TABLE, storing=Limit, cleaning=Limit),
    "limit-peer-table": CleaningCase(table=PEER_TABLE, storing=peer, cleaning=limit_peer_table),
}
