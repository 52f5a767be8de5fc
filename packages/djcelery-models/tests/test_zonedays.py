"""The parts of a day, where clocks change and where they do not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from djcelery_models.zonedays import Span, spans

REGULAR = (0, 0, 1_440)


def fresh_spans(name: str, day: str) -> tuple[Span, ...]:
    """Of a zone that no other test has asked for."""
    return spans(ZoneInfo.no_cache(name), date.fromisoformat(day))


@pytest.mark.parametrize(
    ("name", "day", "change", "parts"),
    [
        ("Europe/Berlin", "2026-03-29", "2026-03-29T01:00", [(0, 0, 120), (120, 180, 1_440)]),
        ("Europe/Berlin", "2026-10-25", "2026-10-25T01:00", [(0, 0, 180), (120, 120, 1_440)]),
        ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00", [(0, 0, 0), (0, 60, 1_440)]),
        ("Asia/Beirut", "2026-10-24", "2026-10-24T21:00", [REGULAR, (1_380, 1_380, 1_440)]),
        ("America/Havana", "2026-11-01", "2026-11-01T05:00", [(0, 0, 60), (0, 0, 1_440)]),
        ("America/St_Johns", "2010-11-07", "2010-11-07T02:31", [(0, 0, 1), (0, -59, 1_440)]),
        ("Africa/Monrovia", "1972-01-07", "1972-01-07T00:44:30", [(0, 0, 0), (0, 45, 1_440)]),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00", [(0, 0, 0), (0, 1_440, 1_440)]),
    ],
)
def test_a_day_has_a_part_before_and_after_a_change(
    name: str, day: str, change: str, parts: list[tuple[int, int, int]]
) -> None:
    found = fresh_spans(name, day)

    assert [(span.skipped, span.first, span.last) for span in found] == parts
    assert found[1].begin == datetime.fromisoformat(change).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "day"), [("Europe/Berlin", "2026-06-01"), ("Asia/Beirut", "2026-10-25")]
)
def test_another_day_is_one_part(name: str, day: str) -> None:
    (span,) = fresh_spans(name, day)

    assert (span.skipped, span.first, span.last) == REGULAR
