"""The cursor that a worker keeps: what it asks of each server."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from djcelery_backends import keptcursor
from djcelery_backends.connection import OwnConnection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.utils import CursorWrapper

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("vendor", [pytest.param("mysql", marks=pytest.mark.mariadb)]),
]
QUERY = "SELECT CONCAT(%s, COALESCE(%s, 'nothing'))"


@pytest.fixture
def own(vendor: str) -> Iterator[OwnConnection]:
    with closing(OwnConnection("default")) as made:
        yield made


def asked(own: OwnConnection, kind: str) -> int:
    """How many statements of this kind the server has had over the connection."""

    def ask(cursor: CursorWrapper) -> int:
        cursor.execute(f"SHOW SESSION STATUS LIKE 'Com_{kind}'")
        return int(cursor.fetchone()[1])

    return own.run(ask)


def run(own: OwnConnection, query: str, *params: Any) -> Any:
    def execute(cursor: CursorWrapper) -> Any:
        cursor.execute(query, params)
        return cursor.fetchone()[0]

    return own.run(execute)


@contextmanager
def limit_of_prepared(own: OwnConnection, number: int) -> Iterator[None]:
    """In this block the server takes no more than so many prepared statements from all."""
    before = run(own, "SELECT @@global.max_prepared_stmt_count")
    own.run(lambda cursor: cursor.execute(f"SET GLOBAL max_prepared_stmt_count = {number}"))
    try:
        yield
    finally:
        own.run(lambda cursor: cursor.execute(f"SET GLOBAL max_prepared_stmt_count = {before}"))


def test_mariadb_parses_a_statement_once(own: OwnConnection) -> None:
    found = [run(own, QUERY, "a", value) for value in (1, None, "'\\\U0001f680\0")]

    assert found == ["a1", "anothing", "a'\\\U0001f680\0"]
    assert (asked(own, "prepare_sql"), asked(own, "execute_sql")) == (1, 3)


def test_a_new_connection_prepares_anew(own: OwnConnection) -> None:
    run(own, QUERY, "a", 1)
    own.close()

    assert run(own, QUERY, "b", 2) == "b2"
    assert asked(own, "prepare_sql") == 1


def test_only_so_many_statements_are_prepared(
    own: OwnConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keptcursor, "MOST_PREPARED", 2)

    assert [run(own, f"SELECT {number} + %s", 1) for number in range(4)] == [1, 2, 3, 4]
    assert asked(own, "prepare_sql") == 2


def test_a_server_that_prepares_no_more_is_asked_without(own: OwnConnection) -> None:
    run(own, "SELECT %s", 0)
    with limit_of_prepared(own, 0):
        found = [run(own, QUERY, "a", number) for number in range(2)]

    assert found == ["a0", "a1"]
    assert asked(own, "execute_sql") == 1
