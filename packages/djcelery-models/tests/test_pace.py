"""How many rows go in one batch."""

from __future__ import annotations

from djcelery_models.pace import GROWTH, TARGET_SECONDS, Pace
from hypothesis import given
from hypothesis import strategies as st

sizes = st.integers(1, 50_000)
seconds = st.floats(0, 60)


def make_pace(**overrides: int) -> Pace:
    return Pace(**{"first": 100, "largest": 10_000, **overrides})


def test_a_batch_that_took_long_is_followed_by_a_smaller_one() -> None:
    pace = make_pace()

    pace.learn(gone=100, seconds=10 * TARGET_SECONDS)

    assert pace.size == 10


def test_batches_grow_step_by_step_while_they_are_quick() -> None:
    pace = make_pace()

    pace.learn(gone=100, seconds=0.0)
    pace.learn(gone=400, seconds=TARGET_SECONDS / 2)

    assert pace.size == 800


def test_batches_of_which_little_goes_do_not_grow() -> None:
    pace = make_pace()

    pace.learn(gone=1, seconds=0.0)

    assert pace.size == 100


def test_after_a_slow_moment_batches_of_which_little_goes_recover() -> None:
    pace = make_pace()

    pace.learn(gone=1, seconds=10 * TARGET_SECONDS)
    pace.learn(gone=1, seconds=0.0)
    pace.learn(gone=1, seconds=0.0)

    assert pace.size == 100


@given(first=sizes, largest=sizes, batches=st.lists(st.tuples(st.floats(0, 1), seconds)))
def test_a_batch_is_never_empty_nor_too_large_nor_a_leap(
    first: int, largest: int, batches: list[tuple[float, float]]
) -> None:
    pace = make_pace(first=first, largest=largest)

    for share, took in batches:
        before = pace.size
        pace.learn(gone=int(before * share), seconds=took)
        assert 1 <= pace.size <= min(largest, max(GROWTH * before, 1))
