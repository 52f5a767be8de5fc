"""The workers that were seen."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from djcelery_models.models import HEARTBEAT_EXPIRE, WorkerState
from djcelery_utils.clock import now

if TYPE_CHECKING:
    from pytest_django import Settings


def make_worker(*, seconds_ago: float) -> WorkerState:
    return WorkerState(hostname="w", last_heartbeat=now() - timedelta(seconds=seconds_ago))


def test_a_worker_with_a_recent_heartbeat_is_alive() -> None:
    assert make_worker(seconds_ago=HEARTBEAT_EXPIRE - 10).is_alive()


def test_a_worker_with_an_old_heartbeat_is_not() -> None:
    assert not make_worker(seconds_ago=HEARTBEAT_EXPIRE + 10).is_alive()


def test_a_worker_without_a_heartbeat_is_not() -> None:
    worker = WorkerState(hostname="w")

    assert (worker.is_alive(), worker.heartbeat_timestamp) == (False, None)


def test_the_time_of_a_heartbeat_counts_from_1970() -> None:
    heartbeat = make_worker(seconds_ago=0).heartbeat_timestamp

    assert heartbeat is not None
    assert abs(heartbeat - time.time()) < 60


def test_an_aware_heartbeat_is_taken_as_it_is() -> None:
    worker = WorkerState(last_heartbeat=datetime(1970, 1, 2, tzinfo=UTC))

    assert worker.heartbeat_timestamp == timedelta(days=1).total_seconds()


def test_a_naive_heartbeat_is_in_the_time_zone_of_the_site(settings: Settings) -> None:
    settings.USE_TZ, settings.TIME_ZONE = False, "Asia/Tokyo"
    worker = WorkerState(last_heartbeat=datetime(1970, 1, 2, 9))

    with timezone.override("Europe/Berlin"):
        assert worker.heartbeat_timestamp == timedelta(days=1).total_seconds()
