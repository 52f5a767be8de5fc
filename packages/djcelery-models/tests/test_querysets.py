"""What every documented manager offers.

``ExtendedManager``: ``update_or_create``, ``connection_for_write``, ``connection_for_read``,
``current_engine``; ``ExtendedQuerySet``.
"""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connections
from djcelery_models.models import WorkerState
from djcelery_models.querysets import ExtendedQuerySet


@pytest.mark.django_db
def test_a_row_is_made_or_updated() -> None:
    first, was_created = WorkerState.objects.update_or_create(hostname="w")
    assert was_created

    second, was_created = WorkerState.objects.update_or_create(
        hostname="w", defaults={"last_heartbeat": None}
    )

    assert (second, was_created) == (first, False)


@pytest.mark.django_db
def test_a_manager_knows_its_connections() -> None:
    manager = WorkerState.objects

    assert manager.connection_for_write() is connections["default"]
    assert manager.connection_for_read() is connections["default"]
    assert manager.current_engine() == settings.DATABASES["default"]["ENGINE"]


def test_a_manager_gives_the_documented_queryset() -> None:
    assert isinstance(WorkerState.objects.all(), ExtendedQuerySet)
