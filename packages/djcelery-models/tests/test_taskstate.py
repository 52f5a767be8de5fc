"""The tasks that were seen, and how old ones go.

``TaskStateManager``: ``active``, ``expired``, ``expire_by_states``, ``purge``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from djcelery_models.models import TaskState
from djcelery_utils.clock import now


def make_state(task_id: str, *, days_ago: float = 0, **overrides: Any) -> TaskState:
    columns = {"state": "SUCCESS", "tstamp": now() - timedelta(days=days_ago), **overrides}
    return TaskState.objects.create(task_id=task_id, **columns)


@pytest.mark.django_db
def test_hidden_tasks_are_not_active() -> None:
    shown = make_state("a")
    make_state("b", hidden=True)

    assert list(TaskState.objects.active()) == [shown]


@pytest.mark.django_db
@pytest.mark.parametrize("expires", [timedelta(days=1), 86_400, 86_400.0])
def test_tasks_of_a_state_expire_with_age(expires: timedelta | float) -> None:
    old = make_state("old", days_ago=2)
    make_state("young", days_ago=0.5)
    make_state("failed", days_ago=2, state="FAILURE")

    assert list(TaskState.objects.expired(["SUCCESS"], expires)) == [old]


@pytest.mark.django_db
def test_expired_tasks_are_hidden_and_then_purged() -> None:
    make_state("old", days_ago=2)
    young = make_state("young")

    hidden = TaskState.objects.expire_by_states(["SUCCESS"], timedelta(days=1))
    purged = TaskState.objects.purge()

    assert (hidden, purged) == (1, 1)
    assert list(TaskState.objects.all()) == [young]


@pytest.mark.django_db
def test_only_what_was_shown_is_counted_as_hidden() -> None:
    make_state("shown", days_ago=2)
    make_state("left", days_ago=2, hidden=True)

    assert TaskState.objects.expire_by_states(["SUCCESS"], timedelta(days=1)) == 1


@pytest.mark.django_db
def test_a_task_expires_the_moment_it_is_so_old() -> None:
    state = make_state("a")
    age = timedelta(days=1)

    expired = TaskState.objects.expired(["SUCCESS"], age, nowfun=lambda: state.tstamp + age)

    assert list(expired) == [state]


@pytest.mark.django_db
def test_without_an_age_nothing_expires() -> None:
    make_state("old", days_ago=1_000)

    assert TaskState.objects.expire_by_states(["SUCCESS"], None) is None
    assert TaskState.objects.active().count() == 1


@pytest.mark.django_db
def test_tasks_that_a_crash_left_hidden_are_purged() -> None:
    make_state("left", hidden=True)

    assert TaskState.objects.purge() == 1
    assert not TaskState.objects.exists()


def test_a_task_without_a_name_is_shown() -> None:
    assert str(TaskState(state="SENT", task_id="a")).split() == ["SENT", "a", "UNKNOWN"]
