"""Storing a row in one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import DEFAULT_DB_ALIAS, DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from djcelery_models.models import TaskMeta
from djcelery_models.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Callable

REFUSED = (IntegrityError, DataError)


def store(task_id: str, result: object) -> None:
    row = TaskMeta(task_id=task_id)
    row.result = result
    upsert(row, unique="task_id", using=DEFAULT_DB_ALIAS)


@pytest.mark.django_db(transaction=True)
def test_a_new_row_and_a_known_one_take_one_statement_each() -> None:
    with CaptureQueriesContext(connection) as queries:
        store("t1", 1)
        store("t1", 2)

    assert len(queries) == 2
    assert TaskMeta.objects.get().result == 2


@pytest.mark.django_db
def test_a_refused_row_leaves_the_transaction_usable(
    django_assert_num_queries: Callable[..., object],
) -> None:
    row = TaskMeta(task_id="t1")
    row.status = None  # type: ignore[assignment]  # the database refuses it

    with pytest.raises(REFUSED):
        upsert(row, unique="task_id", using=DEFAULT_DB_ALIAS)

    store("t1", "fine")
    assert TaskMeta.objects.get().result == "fine"


@pytest.mark.django_db(transaction=True)
def test_a_rollback_takes_the_row_with_it() -> None:
    with transaction.atomic():
        store("t1", 1)
        transaction.set_rollback(True)

    assert not TaskMeta.objects.exists()
