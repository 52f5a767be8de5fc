"""``djcelery.views``: the state of a task, for those who may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery import Celery
    from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_result_is_shown(app: Celery, make_client: Callable[..., Client]) -> None:
    app.backend.store_result("t1", {"total": 5}, "SUCCESS")

    response = make_client("view_taskstate").get(reverse("celery-task_status", args=["t1"]))

    assert response.json() == {"task": {"id": "t1", "status": "SUCCESS", "result": {"total": 5}}}
