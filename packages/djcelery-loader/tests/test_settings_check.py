"""The settings of the loader that have names of Celery's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from djcelery_loader.settings_check import check_reuse_max

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django import Settings

WRONG = r"CELERY_DB_REUSE_MAX is '100'; it must be a whole number or None"


def test_a_number_of_tasks_that_is_text_is_named(
    settings: Settings, make_app: Callable[..., Any]
) -> None:
    settings.CELERY_DB_REUSE_MAX = "100"
    app = make_app("B")

    (message,) = check_reuse_max()

    assert (message.id, message.msg) == ("djcelery_loader.E002", f"{WRONG}.")
    with pytest.raises(ImproperlyConfigured, match=WRONG):
        app.loader.on_process_cleanup()


@pytest.mark.parametrize("number", [None, 0, 100])
def test_a_number_of_tasks_or_none_is_right(settings: Settings, number: int | None) -> None:
    settings.CELERY_DB_REUSE_MAX = number

    assert check_reuse_max() == []
