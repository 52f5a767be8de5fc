"""Which results are too old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db.models import Q
from djcelery_models import expiry
from djcelery_models.deletion import delete
from djcelery_models.expiry import Limit, by_age, by_count, too_old
from djcelery_models.models import TaskMeta
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from django.db.models import QuerySet

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)


def make_row(number: int, *, moment: int | None, name: str = "shop.add") -> None:
    """The row ``number``, stored ``moment`` seconds after ``START``; None: by an old release."""
    row = TaskMeta.objects.create(task_id=f"t{number}", name=name)
    stored_at = None if moment is None else START + timedelta(seconds=moment)
    TaskMeta.objects.filter(pk=row.pk).update(stored_at=stored_at)


def rows() -> QuerySet[TaskMeta]:
    return TaskMeta.objects.using("default").all()


def purge(limits: list[Limit | None], of: Q | None = None) -> list[str]:
    """Delete what is too old, and return the ids of what is left."""
    for stretch in too_old(rows(), limits, of or Q()):
        list(delete(stretch))
    return list(rows().order_by("pk").values_list("task_id", flat=True))


def test_the_newest_stay() -> None:
    for number, moment in enumerate([3, 1, 4, 2]):
        make_row(number, moment=moment)

    assert purge([by_count(rows(), Q(), keep=2)]) == ["t0", "t2"]


def test_only_rows_of_the_kind_are_counted_and_go() -> None:
    for number, name in enumerate(["shop.add", "shop.report", "shop.report", "shop.add"]):
        make_row(number, moment=number, name=name)
    reports = Q(name="shop.report")

    assert purge([by_count(rows(), reports, keep=1)], reports) == ["t0", "t2", "t3"]


def test_rows_of_old_releases_are_older_than_all_others() -> None:
    for number, moment in enumerate([None, None, 1, None]):
        make_row(number, moment=moment)

    assert purge([by_count(rows(), Q(), keep=2)]) == ["t2", "t3"]
    assert purge([by_count(rows(), Q(), keep=1)]) == ["t2"]


def test_where_there_are_no_more_than_stay_there_is_no_limit() -> None:
    make_row(0, moment=1)
    make_row(1, moment=None)

    assert by_count(rows(), Q(), keep=2) is None


def test_what_is_too_old_by_any_limit_goes() -> None:
    for number in range(3):
        make_row(number, moment=number)
    long_ago = by_age(timedelta(days=36_500))

    assert purge([long_ago, by_count(rows(), Q(), keep=1)]) == ["t2"]
    assert purge([by_age(timedelta(0)), by_count(rows(), Q(), keep=1)]) == []


@given(
    moments=st.lists(st.none() | st.integers(0, 6), max_size=12),
    keep=st.integers(1, 12),
    look=st.integers(1, 4),
)
@settings(deadline=None, max_examples=40)
def test_as_many_stay_as_are_to_be_kept_and_none_older_than_one_that_went(
    moments: list[int | None], keep: int, look: int
) -> None:
    rows().delete()
    for number, moment in enumerate(moments):
        make_row(number, moment=moment)
    order = {f"t{n}": (moment is not None, moment or 0) for n, moment in enumerate(moments)}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expiry, "LOOK", look)
        left = purge([by_count(rows(), Q(), keep=keep)])

    gone = order.keys() - set(left)
    assert len(left) >= min(keep, len(moments))
    assert all(order[went] <= order[stays] for went in gone for stays in left)
    if len(set(order.values())) == len(moments):
        assert len(left) == min(keep, len(moments))
