"""What beat sends, when, and what it leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from djcelery_models.models import PeriodicTask

pytestmark = pytest.mark.django_db


def test_an_entry_is_sent_when_it_is_due(
    beat: Any, make_entry: Callable[..., PeriodicTask], ledger: Any
) -> None:
    entry = make_entry(args="[1, 2]")

    assert beat.run() == []
    (headers,) = beat.run(after=10)

    entry.refresh_from_db()
    assert headers["task"] == "shop.tasks.add"
    assert headers["periodic_task_name"] == "entry"
    assert entry.total_run_count == 1
    assert ledger() == [("sent", 1)]
    assert beat.run(after=5) == []
    assert len(beat.run(after=5)) == 1
