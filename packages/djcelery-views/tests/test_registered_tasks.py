"""``djcelery.views.registered_tasks``: the names of all tasks, those of entries by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse
from djcelery_models.models import IntervalSchedule, PeriodicTask

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery import Celery
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


def noop() -> None: ...


def test_the_tasks_that_entries_name_are_periodic_and_all_others_regular(
    make_app: Callable[..., Celery], make_client: Callable[..., Client], read: Any
) -> None:
    app = make_app(beat_schedule={"in settings": {"task": "shop.b", "schedule": 10}})
    for name in ("shop.a", "shop.b", "shop.c"):
        app.task(name=name, shared=False)(noop)
    every = IntervalSchedule.from_schedule(10)
    for name, task in (("one", "shop.a"), ("two", "shop.a"), ("three", "elsewhere.x")):
        PeriodicTask.objects.create(name=name, task=task, interval=every)

    answer = read(make_client("view_taskstate").get(reverse("celery-tasks")), "tasks")

    assert answer["periodic"] == ["elsewhere.x", "shop.a", "shop.b"]
    assert "shop.c" in answer["regular"]
    assert "celery.backend_cleanup" in answer["regular"]
    assert not {*answer["regular"]} & {*answer["periodic"]}


def test_the_list_needs_the_permission_even_where_states_are_public(
    app: Celery, site: None, make_client: Callable[..., Client], settings: Settings, read: Any
) -> None:
    settings.DJCELERY_VIEWS_PUBLIC_STATUS = True

    for client in (Client(), make_client("run_taskstate")):
        response = client.get(reverse("celery-tasks"))

        assert response.status_code == 403
        read(response, "error")
