"""Which known names a misspelt one is taken for."""

from __future__ import annotations

import pytest
from djcelery_loader.spelling import one_letter_off, similar

KNOWN = frozenset({"BROKER_URL", "BROKER_USER", "CELERY_QUEUES", "CELERY_ROUTES"})


@pytest.mark.parametrize(
    "name",
    ["BROKE_URL", "BROKER_UURL", "BROKER_ULR", "BRXKER_URL", "ROKER_URL", "BROKER_URLS"],
)
def test_one_letter_fewer_more_elsewhere_or_other(name: str) -> None:
    assert one_letter_off(name, KNOWN) == ["BROKER_URL"]


@pytest.mark.parametrize("name", ["BROKER_URL", "BROKER_URLXX", "BROKE_UL", "BUS_URL", "X", ""])
def test_more_than_one_letter_or_none(name: str) -> None:
    assert one_letter_off(name, KNOWN) == []


def test_all_names_one_letter_off_in_order() -> None:
    known = frozenset({"HOST", "PORT", "POST"})

    assert one_letter_off("PST", known) == ["POST"]
    assert one_letter_off("POOT", known) == ["PORT", "POST"]


def test_similar_names_share_most_letters_and_the_best_is_first() -> None:
    assert similar("CELERY_ROUTERS", KNOWN) == ["CELERY_ROUTES"]
    assert similar("SHOP_PICTURES", KNOWN) == []
