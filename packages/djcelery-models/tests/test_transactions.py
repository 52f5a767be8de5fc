"""The documented helpers: ``transaction_retry``, ``update_model_with_dict``."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction
from djcelery_models.models import WorkerState
from djcelery_models.transactions import transaction_retry, update_model_with_dict


class Flaky:
    """Fails with a database error as often as asked, then gives its argument."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.calls = 0

    def __call__(self, value: str) -> str:
        self.calls += 1
        if self.calls <= self.failures:
            raise DatabaseError
        return value


@pytest.mark.django_db(transaction=True)
def test_a_call_that_fails_in_the_database_is_repeated() -> None:
    flaky = Flaky(failures=2)

    assert transaction_retry(max_retries=2)(flaky.__call__)("done") == "done"


@pytest.mark.django_db(transaction=True)
def test_the_last_error_is_raised() -> None:
    flaky = Flaky(failures=2)

    with pytest.raises(DatabaseError):
        transaction_retry(max_retries=1)(flaky.__call__)("done")

    assert flaky.calls == 2


@pytest.mark.django_db(transaction=True)
def test_the_caller_may_say_how_often() -> None:
    call = transaction_retry(max_retries=0)(Flaky(failures=3).__call__)

    assert call("done", exception_retry_count=3) == "done"


@pytest.mark.django_db(transaction=True)
def test_nothing_is_repeated_inside_a_transaction() -> None:
    flaky = Flaky(failures=1)

    with transaction.atomic(), pytest.raises(DatabaseError):
        transaction_retry(max_retries=1)(flaky.__call__)("done")

    assert flaky.calls == 1


@pytest.mark.django_db
def test_a_row_takes_the_values_of_a_dict() -> None:
    worker = WorkerState.objects.create(hostname="a")

    returned = update_model_with_dict(worker, {"hostname": "b"})

    assert returned is worker
    assert WorkerState.objects.get().hostname == "b"
