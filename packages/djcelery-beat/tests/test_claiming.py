"""Entries are claimed by one beat at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, connections
from djcelery_beat import claiming
from djcelery_models.models import IntervalSchedule, PeriodicTask

if TYPE_CHECKING:
    from collections.abc import Iterator


def make_due(number: int) -> None:
    every = IntervalSchedule.from_schedule(60)
    PeriodicTask.objects.bulk_create(
        PeriodicTask(name=f"entry {index}", task="x", interval=every) for index in range(number)
    )
    PeriodicTask._base_manager.update(check_at=datetime.now(UTC) - timedelta(seconds=1))


def now() -> datetime:
    return datetime.now(UTC)


def due(size: int, *, later: float = 0) -> claiming.Due:
    since = now() - timedelta(hours=2)
    return claiming.Due(since=since, now=now() + timedelta(seconds=later), size=size)


@pytest.mark.django_db
def test_the_first_is_the_one_that_was_due_first() -> None:
    make_due(3)
    first = datetime.now(UTC) - timedelta(hours=1)
    PeriodicTask._base_manager.filter(name="entry 1").update(check_at=first)

    assert claiming.first_check("default", None) == first


@pytest.mark.django_db
def test_what_is_before_the_bound_is_passed_over() -> None:
    make_due(3)
    bound = now() - timedelta(minutes=1)
    PeriodicTask._base_manager.filter(name="entry 1").update(check_at=now() - timedelta(hours=1))
    PeriodicTask._base_manager.filter(name="entry 2").update(check_at=bound)

    assert claiming.first_check("default", bound) == bound
    _, claimed = claiming.lease("default", claiming.Due(since=bound, now=now(), size=10))
    assert [entry.name for entry in claimed] == ["entry 2", "entry 0"]


@pytest.mark.django_db
@pytest.mark.parametrize("written", ["2026-01-01 00:00:00.5", "2026-01-01 00:00:00"])
def test_sql_may_write_a_moment_with_fewer_digits(written: str) -> None:
    make_due(1)
    with connection.cursor() as cursor:
        zone = "+00" if connection.vendor == "postgresql" else ""
        cursor.execute("UPDATE djcelery_periodictask SET check_at = %s", [written + zone])

    first = claiming.first_check("default", None)

    assert first is not None
    assert claiming.first_check("default", first) == first
    _, claimed = claiming.lease("default", claiming.Due(since=first, now=now(), size=10))
    assert [entry.name for entry in claimed] == ["entry 0"]


@pytest.mark.django_db
def test_nothing_is_due_without_entries_or_with_disabled_ones() -> None:
    assert claiming.first_check("default", None) is None
    make_due(2)
    PeriodicTask._base_manager.update(enabled=False)

    assert claiming.first_check("default", None) is None


@pytest.mark.django_db
def test_a_lease_keeps_others_away_until_it_ends() -> None:
    make_due(3)

    token, mine = claiming.lease("default", due(2))
    _, theirs = claiming.lease("default", due(10))
    _, later = claiming.lease("default", due(10, later=11))

    assert (len(mine), len(theirs), len(later)) == (2, 1, 3)
    with claiming.leased("default", token, [entry.pk for entry in mine]) as left:
        assert left == []


@pytest.mark.django_db
def test_what_is_released_can_be_claimed_at_once() -> None:
    make_due(2)
    token, _ = claiming.lease("default", due(2))

    claiming.release("default", token)

    assert len(claiming.lease("default", due(2))[1]) == 2


@pytest.mark.django_db
def test_a_lease_gives_what_was_edited_meanwhile_and_not_what_was_deleted() -> None:
    make_due(2)
    token, mine = claiming.lease("default", due(2))
    PeriodicTask.objects.get(pk=mine[0].pk).delete()
    PeriodicTask.objects.filter(pk=mine[1].pk).update(task="edited")

    with claiming.leased("default", token, [entry.pk for entry in mine]) as fresh:
        assert [entry.task for entry in fresh] == ["edited"]

    assert PeriodicTask.objects.get().claimed_by is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "server",
    [
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mysql", marks=pytest.mark.mariadb),
    ],
)
def test_a_row_that_another_beat_has_locked_is_passed_over(server: str) -> None:
    assert connection.vendor == server
    make_due(4)

    def claim() -> list[int]:
        with claiming.locked("default", due(3)) as entries:
            keys = [entry.pk for entry in entries]
            both_have_claimed.wait(10)
        connections.close_all()
        return keys

    both_have_claimed = Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        one, other = (task.result() for task in [pool.submit(claim), pool.submit(claim)])

    assert len(one) + len(other) == 4
    assert not set(one) & set(other)


@pytest.fixture
def repeatable_read() -> Iterator[None]:
    connection.ensure_connection()
    statements = {
        "postgresql": "SET default_transaction_isolation = 'repeatable read'",
        "mysql": "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    }
    if connection.vendor in statements:
        with connection.cursor() as cursor:
            cursor.execute(statements[connection.vendor])
    claiming._levels.clear()
    yield
    connection.close()
    claiming._levels.clear()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("repeatable_read")
@pytest.mark.parametrize(
    "server",
    [
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mysql", marks=pytest.mark.mariadb),
    ],
)
def test_a_claim_reads_what_is_committed_whatever_the_level_of_the_project(server: str) -> None:
    ask = {
        "postgresql": "SHOW transaction_isolation",
        "mysql": (
            "SELECT trx_isolation_level FROM information_schema.innodb_trx "
            "WHERE trx_mysql_thread_id = connection_id()"
        ),
    }
    make_due(1)

    with claiming.locked("default", due(3)), connection.cursor() as cursor:
        cursor.execute(ask[server])
        level: Any = cursor.fetchone()[0]

    assert level.upper() == "READ COMMITTED"


@pytest.mark.django_db
def test_entries_without_a_time_are_looked_at() -> None:
    make_due(3)
    PeriodicTask._base_manager.update(check_at=None)

    assert claiming.adopt("default", now(), most=2) == 2
    assert claiming.adopt("default", now(), most=2) == 1
    assert claiming.adopt("default", now(), most=2) == 0
