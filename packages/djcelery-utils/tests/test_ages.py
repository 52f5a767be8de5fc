"""Ages as people type them."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import timedelta

import pytest
from djcelery_utils.ages import age


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("30d", timedelta(days=30)),
        ("12h", timedelta(hours=12)),
        ("1.5m", timedelta(seconds=90)),
        ("45s", timedelta(seconds=45)),
    ],
)
def test_an_age_has_a_unit(text: str, found: timedelta) -> None:
    assert age(text) == found


@pytest.mark.parametrize("text", ["30", "d", "-1d", "yesterday", "1w", "999999999999d"])
def test_what_is_no_age_is_refused_by_name(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match=text):
        age(text)
