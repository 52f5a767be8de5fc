"""Which store wins: one rule, in Python and in the SQL of the database under test."""

from __future__ import annotations

from uuid import uuid4

import pytest
from celery import states
from djcelery_models.models import TaskMeta
from djcelery_models.storeorder import RANKS, Attempt, over, rank, wins
from djcelery_models.upsert import upsert
from hypothesis import given
from hypothesis import strategies as st

STATES = [*RANKS, "PROGRESS"]
attempts = st.builds(
    Attempt,
    state=st.sampled_from(STATES),
    retries=st.none() | st.integers(min_value=0, max_value=2),
)
unfinished = attempts.filter(
    lambda attempt: attempt.retries is not None and attempt.state != states.SUCCESS
)


def store(task_id: str, attempt: Attempt) -> None:
    row = TaskMeta(task_id=task_id, status=attempt.state, retries=attempt.retries)
    upsert(row, unique="task_id", using="default", over=over(attempt))


def stored(task_id: str) -> Attempt:
    row = TaskMeta.objects.get(task_id=task_id)
    return Attempt(state=row.status, retries=row.retries)


def after(old: Attempt, new: Attempt) -> Attempt:
    """What the row says once ``new`` was stored over ``old``, by the rule in Python."""
    if not wins(new, old):
        return old
    return Attempt(state=new.state, retries=old.retries if new.retries is None else new.retries)


@pytest.mark.django_db
@given(first=attempts, others=st.lists(attempts, max_size=5))
def test_the_database_follows_the_rule(first: Attempt, others: list[Attempt]) -> None:
    task_id, expected = str(uuid4()), first
    store(task_id, first)

    for attempt in others:
        store(task_id, attempt)
        expected = after(expected, attempt)

    assert stored(task_id) == expected


@given(st.lists(unfinished, min_size=1, max_size=6))
def test_short_of_success_what_is_furthest_wins_in_whatever_order_it_comes(
    told: list[Attempt],
) -> None:
    furthest = max((attempt.retries or 0, rank(attempt.state)) for attempt in told)

    end = fold(told)

    assert (end.retries, rank(end.state)) == furthest


def fold(told: list[Attempt]) -> Attempt:
    first, *others = told
    for attempt in others:
        first = after(first, attempt)
    return first


@given(attempts)
def test_a_store_may_be_repeated(attempt: Attempt) -> None:
    assert wins(attempt, attempt)


@given(attempts, st.none() | st.integers(min_value=0, max_value=2))
def test_success_gives_way_to_success_alone(attempt: Attempt, retries: int | None) -> None:
    done = Attempt(state=states.SUCCESS, retries=retries)

    assert not wins(attempt, done) or attempt.state == states.SUCCESS


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("told", "state"),
    [
        (["STARTED", "SUCCESS", "STARTED"], "SUCCESS"),
        (["STARTED", "FAILURE", "SUCCESS"], "SUCCESS"),
        (["SUCCESS", "FAILURE"], "SUCCESS"),
        (["STARTED", "PROGRESS", "STARTED"], "STARTED"),
        (["REVOKED", "STARTED"], "REVOKED"),
        (["REVOKED", "SUCCESS"], "SUCCESS"),
        (["RETRY", "PENDING"], "RETRY"),
    ],
)
def test_what_happens_to_a_task_that_is_delivered_again(told: list[str], state: str) -> None:
    for one in told:
        store("t1", Attempt(state=one, retries=0))

    assert stored("t1").state == state


@pytest.mark.django_db
def test_a_later_attempt_begins_anew() -> None:
    for state, retries in (("STARTED", 0), ("RETRY", 0), ("STARTED", 1), ("RETRY", 0)):
        store("t1", Attempt(state=state, retries=retries))

    assert stored("t1") == Attempt(state="STARTED", retries=1)


@pytest.mark.django_db
def test_a_store_from_outside_leaves_who_ran_the_task() -> None:
    row = TaskMeta(task_id="t1", status="STARTED", retries=1, worker="w1", name="shop.add")
    upsert(row, unique="task_id", using="default", over=over(Attempt(state="STARTED", retries=1)))

    store("t1", Attempt(state="REVOKED"))

    row = TaskMeta.objects.get()
    assert (row.status, row.retries, row.worker, row.name) == ("REVOKED", 1, "w1", "shop.add")
