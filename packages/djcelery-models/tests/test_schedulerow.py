"""One row a schedule, also when several ask for it at once."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from django.db import connection, connections
from djcelery_models.models import IntervalSchedule


def ask_in_threads(count: int) -> None:
    barrier = Barrier(count)

    def ask() -> None:
        barrier.wait()
        try:
            IntervalSchedule.from_schedule(60)
        finally:
            connections.close_all()

    threads = [Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_several_that_ask_at_once_get_one_row() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("a database in memory has one connection")

    ask_in_threads(8)

    assert IntervalSchedule.objects.count() == 1
