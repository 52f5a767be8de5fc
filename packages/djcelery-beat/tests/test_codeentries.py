"""Entries of the settings: how they are read, and how they meet what was edited."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import Celery
from celery.beat import BeatLazyFunc
from celery.schedules import crontab, schedule, solar
from djcelery_beat.codeentries import apply_entry, changes, read_entry, write_entry
from djcelery_beat.errors import BadCodeEntry, BadEntry
from djcelery_models.models import CrontabSchedule, IntervalSchedule, PeriodicTask
from hypothesis import given, settings
from hypothesis import strategies as st
from kombu import Queue

MINUTE = timedelta(minutes=1)


def given_entry(**overrides: Any) -> dict[str, Any]:
    return {"task": "shop.tasks.add", "schedule": 10, **overrides}


def apply(name: str = "entry", **overrides: Any) -> PeriodicTask:
    return apply_entry(read_entry(name, given_entry(**overrides)))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "kind", "shown"),
    [
        (10, "interval", "every 10 seconds"),
        (0.5, "interval", "every 500000 microseconds"),
        (MINUTE, "interval", "every 60 seconds"),
        (schedule(MINUTE), "interval", "every 60 seconds"),
        (crontab(minute="5", hour="*/2"), "crontab", "5 */2 * * * (m/h/d/dM/MY)"),
        (solar("sunset", 52.5, 13.4), "solar", "sunset (52.500000, 13.400000)"),
        (datetime(2040, 1, 1, tzinfo=UTC), "clocked", "2040-01-01 00:00:00+00:00"),
    ],
)
def test_a_schedule_may_be_of_each_kind(given: Any, kind: str, shown: str) -> None:
    entry = apply(schedule=given)

    assert str(getattr(entry, kind)) == shown
    assert apply(schedule=given) == entry
    assert type(getattr(entry, kind)).objects.count() == 1


@pytest.mark.django_db
def test_options_and_fields_become_columns() -> None:
    entry = apply(
        args=(1, 2),
        kwargs={"a": 3},
        options={"queue": "slow", "priority": 2, "expires": 60, "headers": {"x": 1}},
        misfire="skip",
        jitter_seconds=5,
        description="Adds",
    )

    assert (entry.args, entry.kwargs, entry.headers) == ("[1, 2]", '{"a": 3}', '{"x": 1}')
    assert (entry.queue, entry.priority, entry.expire_seconds) == ("slow", 2, 60)
    assert (entry.misfire, entry.jitter_seconds, entry.description) == ("skip", 5, "Adds")


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("shop.tasks.add", "no dictionary"),
        (given_entry(options=5), "'options' is 5"),
        (given_entry(options={"expires": float("nan")}), "NaN"),
        (given_entry(schedule=float("inf")), "infinity"),
        ({"schedule": 10}, "names no task"),
        (given_entry(schedule=None), "None is no schedule"),
        (given_entry(schedule=True), "True is no schedule"),
        (given_entry(colour=1), "'colour' is not known"),
        (given_entry(options={"link": []}), "option 'link' is not kept"),
        (given_entry(args=[object()]), "which is not JSON"),
        (given_entry(args=[BeatLazyFunc(int)]), "BeatLazyFunc"),
        (given_entry(kwargs={"a": BeatLazyFunc(int)}), "BeatLazyFunc"),
        (given_entry(start_time="soon"), "start_time is 'soon'"),
    ],
)
def test_what_cannot_be_written_is_named(entry: Any, told: str) -> None:
    with pytest.raises(BadCodeEntry, match=r"CELERYBEAT_SCHEDULE\['nightly'\]") as caught:
        read_entry("nightly", entry)

    assert told in str(caught.value)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        ({"schedule": 0}, "every"),
        ({"misfire": "sometimes"}, "misfire"),
        ({"options": {"priority": 300}}, "priority"),
    ],
)
def test_a_column_that_takes_no_such_value_is_named(overrides: Any, told: str) -> None:
    with pytest.raises(BadCodeEntry) as caught:
        apply(**overrides)

    assert told in str(caught.value)
    assert not PeriodicTask.objects.exists()


@pytest.mark.django_db
def test_what_code_changes_is_written() -> None:
    apply(args=[1])

    entry = apply(args=[2], schedule=20)

    assert entry.args == "[2]"
    assert entry.interval == IntervalSchedule.from_schedule(20)


@pytest.mark.django_db
def test_what_was_edited_by_hand_stays() -> None:
    entry = apply(args=[1])
    PeriodicTask.objects.filter(pk=entry.pk).update(args="[9]", enabled=False)

    again = apply(args=[2], options={"queue": "slow"})

    again.refresh_from_db()
    assert (again.args, again.queue, again.enabled) == ("[9]", "slow", False)


@pytest.mark.django_db
def test_a_schedule_that_was_edited_by_hand_stays_and_so_does_its_kind() -> None:
    entry = apply(schedule=10)
    entry.interval, entry.crontab = None, CrontabSchedule.from_schedule(crontab(hour="3"))
    entry.save()

    again = apply(schedule=20)

    assert again.interval is None
    assert again.crontab == entry.crontab


@pytest.mark.django_db
def test_an_entry_that_nobody_changed_is_not_written_again() -> None:
    before = apply(options={"expires": datetime(2040, 1, 1, tzinfo=UTC)}).date_changed

    assert apply(options={"expires": datetime(2040, 1, 1, tzinfo=UTC)}).date_changed == before


@pytest.mark.django_db
def test_a_row_that_code_never_wrote_becomes_what_code_says_but_stays_disabled() -> None:
    PeriodicTask.objects.create(
        name="entry",
        task="shop.tasks.old",
        enabled=False,
        crontab=CrontabSchedule.from_schedule(crontab()),
    )

    entry = apply()

    assert (entry.task, entry.enabled) == ("shop.tasks.add", False)
    assert entry.crontab is None


@pytest.mark.django_db
def test_what_code_no_longer_gives_becomes_what_it_is_without() -> None:
    apply(args=[1], options={"queue": "slow", "expires": 60}, misfire="skip")

    entry = apply()

    assert (entry.args, entry.queue, entry.expire_seconds) == ("[]", None, None)
    assert entry.misfire == "run_once"


@pytest.mark.django_db
def test_what_code_no_longer_gives_stays_where_somebody_edited_it() -> None:
    entry = apply(options={"queue": "slow"})
    PeriodicTask.objects.filter(pk=entry.pk).update(queue="mine")

    assert apply().queue == "mine"


@pytest.mark.django_db
def test_a_task_and_a_queue_stand_for_their_names_and_numbers_for_themselves() -> None:
    def add(x: int) -> int:
        return x

    register: Any = Celery("tests", set_as_current=False).task
    task = register(name="shop.tasks.add", shared=False)(add)
    entry = apply(task=task, options={"queue": Queue("slow"), "priority": "5", "expires": 0.5})

    assert (entry.task, entry.queue, entry.expire_seconds) == ("shop.tasks.add", "slow", 1)
    assert apply(options={"priority": "7"}).priority == 7


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"schedule": "daily"}, {"schedule": 0}, {"misfire": "never"}])
def test_what_python_code_gives_wrong_is_named_by_the_entry_alone(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadEntry, match=r"^periodic task 'nightly': ") as caught:
        write_entry("nightly", given_entry(**wrong))

    assert "CELERYBEAT_SCHEDULE" not in str(caught.value)
    assert not PeriodicTask.objects.exists()


@pytest.mark.django_db
def test_create_or_update_writes_over_what_is_there() -> None:
    entry = apply(args=[1])
    PeriodicTask.objects.filter(pk=entry.pk).update(args="[9]")

    write_entry("entry", given_entry(args=[3]))

    entry.refresh_from_db()
    assert entry.args == "[3]"


VALUES = st.dictionaries(st.sampled_from("abc"), st.integers(0, 2), min_size=3)


@settings(deadline=None)
@given(VALUES, VALUES, VALUES)
def test_a_hand_edit_is_never_written_over(
    before: dict[str, int], wanted: dict[str, int], found: dict[str, int]
) -> None:
    written = changes(before, wanted, found)

    for name, value in written.items():
        assert found[name] == before[name] != value == wanted[name]
    assert changes(wanted, wanted, found | written) == {}


@settings(deadline=None)
@given(VALUES, VALUES)
def test_what_nobody_has_edited_becomes_what_code_says(
    before: dict[str, int], wanted: dict[str, int]
) -> None:
    assert before | changes(before, wanted, before) == wanted
    assert before | changes(None, wanted, before) == wanted
