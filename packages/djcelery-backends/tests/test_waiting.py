"""Who looks for all that wait in a process, for what and how often."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from djcelery_backends.waiting import Wait, Waits, pause_seconds
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

if TYPE_CHECKING:
    from collections.abc import Collection

moments = st.floats(min_value=0, max_value=100_000)
costs = st.floats(min_value=0, max_value=10)
ids = st.frozensets(st.sampled_from("abcd"), min_size=1)


@given(waited=moments, cost=costs)
def test_a_pause_is_from_two_milliseconds_to_half_a_second_where_a_look_is_cheap(
    waited: float, cost: float
) -> None:
    pause = pause_seconds(waited, cost)

    assert pause >= 4 * cost
    assert 0.002 <= pause <= max(0.5, 4 * cost)


@given(waited=moments)
def test_a_pause_is_short_in_the_first_two_seconds_and_then_a_tenth_of_the_wait(
    waited: float,
) -> None:
    assert pause_seconds(waited, 0.0) <= (0.02 if waited < 2 else waited / 10)


@given(st.tuples(moments, moments), costs)
def test_who_waits_longer_is_never_looked_for_more_often(
    waited: tuple[float, float], cost: float
) -> None:
    shorter, longer = sorted(waited)

    assert pause_seconds(shorter, cost) <= pause_seconds(longer, cost)


def test_the_lead_goes_to_one_who_sleeps_not_to_one_who_is_busy() -> None:
    woken: list[str] = []
    busy, leader, asleep = (Wait[str]("a", partial(woken.append, name)) for name in "123")
    waits: Waits[str] = Waits()
    for wait in (busy, leader, asleep):
        waits.enter(wait)
    waits.resign(busy)
    assert waits.leads(leader)
    assert not waits.leads(asleep)

    waits.leave(leader)

    assert woken == ["3"]
    assert waits.leads(asleep)


class Waiter:
    """One who follows the protocol of ``looking``, one step at a time.

    Whoever runs will soon ask who leads; whoever sleeps has to be woken; whoever is away does
    something else with rows that it took. One who watches is told of each change, too.
    """

    def __init__(self, wanted: Collection[str], *, watches: bool = False) -> None:
        self.wait: Wait[str] = Wait(wanted, self.wake, str.lower if watches else None)
        self.watches = watches
        self.lacks = set(wanted)
        self.does = "runs"

    def wake(self) -> None:
        if self.does == "sleeps":
            self.does = "runs"


class Interleaved(RuleBasedStateMachine):
    """All that waiters can do, in any order."""

    waiters = Bundle("waiters")

    def __init__(self) -> None:
        super().__init__()
        self.waits: Waits[str] = Waits()
        self.present: list[Waiter] = []
        self.leader: Waiter | None = None

    @initialize(target=waiters, wanted=st.lists(ids, min_size=3, max_size=3))
    def enter_together(self, wanted: list[frozenset[str]]) -> object:
        return multiple(*map(self.enter_one, wanted))

    @rule(target=waiters, wanted=ids, watches=st.booleans())
    def enter(self, wanted: frozenset[str], watches: bool) -> Waiter:
        return self.enter_one(wanted, watches=watches)

    def enter_one(self, wanted: frozenset[str], *, watches: bool = False) -> Waiter:
        waiter = Waiter(wanted, watches=watches)
        self.present.append(waiter)
        self.waits.enter(waiter.wait)
        return waiter

    @rule(waiter=waiters)
    def ask_who_leads(self, waiter: Waiter) -> None:
        if waiter.does != "runs" or waiter.wait.found:
            return
        if self.waits.leads(waiter.wait):
            assert self.leader in {None, waiter}
            self.leader = waiter
        else:
            assert self.leader not in {None, waiter}
            waiter.does = "sleeps"

    @rule(task_ids=ids)
    def look_for_all(self, task_ids: frozenset[str]) -> None:
        if self.leader is not None:
            wanted = self.waits.wanted()
            self.waits.deliver({one: f"row of {one}" for one in task_ids if one in wanted})

    @rule(task_ids=ids, state=st.sampled_from(["begun", "half", "HALF"]))
    def show_what_is_not_final(self, task_ids: frozenset[str], state: str) -> None:
        if self.leader is not None:
            known = set(self.waits.wanted())
            self.waits.show({one: state for one in task_ids if one in known})

    @rule(waiter=waiters)
    def take_rows_and_go_away(self, waiter: Waiter) -> None:
        """Or wake by oneself, for it is time for something else."""
        self.resign(waiter)
        waiter.does = "is away"
        for task_id, row in waiter.wait.take().items():
            if row == f"row of {task_id}":
                waiter.lacks.remove(task_id)
            else:
                assert waiter.watches
                assert task_id in waiter.lacks

    @rule(waiter=waiters)
    def come_back(self, waiter: Waiter) -> None:
        if waiter.does == "is away":
            waiter.does = "runs"

    @rule(target=waiters, waiter=consumes(waiters))
    def leave(self, waiter: Waiter) -> object:
        self.present.remove(waiter)
        self.leader = None if self.leader is waiter else self.leader
        self.waits.leave(waiter.wait)
        return multiple()

    def resign(self, waiter: Waiter) -> None:
        self.leader = None if self.leader is waiter else self.leader
        self.waits.resign(waiter.wait)

    @invariant()
    def nobody_sleeps_unless_somebody_looks_or_will(self) -> None:
        sleeping = [one for one in self.present if one.does == "sleeps"]
        running = [one for one in self.present if one.does == "runs"]
        assert not sleeping or running

    @invariant()
    def nobody_sleeps_beside_rows_of_its_own(self) -> None:
        assert not [one for one in self.present if one.does == "sleeps" and one.wait.found]

    @invariant()
    def what_is_looked_for_is_what_somebody_lacks(self) -> None:
        lacking = [one.lacks - final(one.wait.found) for one in self.present]
        assert set(self.waits.wanted()) == set().union(*lacking)

    @invariant()
    def what_is_watched_is_what_somebody_who_watches_lacks(self) -> None:
        lacking = [one.lacks - final(one.wait.found) for one in self.present if one.watches]
        assert set(self.waits.watched()) == set().union(*lacking)

    @invariant()
    def no_row_is_lost(self) -> None:
        for one in self.present:
            assert one.wait.missing | set(one.wait.found) == one.lacks


def final(found: dict[str, str]) -> set[str]:
    return {task_id for task_id, row in found.items() if row == f"row of {task_id}"}


def test_who_watches_is_given_a_change_once_and_who_waits_only_the_end() -> None:
    woken: list[str] = []
    watch = Wait[str]("a", partial(woken.append, "watch"), str.lower)
    wait = Wait[str]("a", partial(woken.append, "wait"))
    waits: Waits[str] = Waits()
    for one in (watch, wait):
        waits.enter(one)

    taken: list[str] = []
    for row in ("begun", "half", "HALF", "half"):
        waits.show({"a": row})
        taken += watch.take().values()

    assert taken == ["begun", "half"]
    assert woken == ["watch", "watch"]
    waits.deliver({"a": "end"})
    assert watch.take() == wait.take() == {"a": "end"}
    assert waits.watched() == []


TestWaits = Interleaved.TestCase
TestWaits.settings = settings(max_examples=200, stateful_step_count=30)
