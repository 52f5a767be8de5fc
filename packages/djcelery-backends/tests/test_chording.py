"""Sending chords, and what may go wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from celery import chord
from django.db import OperationalError, connection, transaction
from djcelery_models.models import ChordMeta

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery import Celery


def fail_to_settle(execute: Callable[..., Any], sql: str, *more: Any) -> Any:
    if sql.startswith("UPDATE"):
        raise OperationalError("gone")
    return execute(sql, *more)


@pytest.mark.django_db(transaction=True)
def test_a_chord_that_cannot_be_settled_is_left_to_the_workers(
    make_app: Callable[..., Celery],
) -> None:
    app = make_app(broker_url="memory://", task_default_queue="chording")
    part, body = app.signature("part"), app.signature("body")

    with connection.execute_wrapper(fail_to_settle), transaction.atomic():
        chord([part, part], body, app=app).delay()

    assert ChordMeta.objects.get().counted is None
