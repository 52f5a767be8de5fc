"""The system check finds ambiguous, dead and misspelt names, and leaves all others alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import django
import pytest
from django.conf import global_settings
from django.core.checks import run_checks
from django.test import override_settings
from djcelery_loader.checks import check_setting_names, remark
from djcelery_loader.deadnames import ADVICE
from djcelery_loader.names import is_read, key_of, recognisable_names
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator

DJANGO_READS = re.compile(r"\bsettings(?:, [\"']|\.)([A-Z][A-Z0-9_]+)\b")
CAPITALS = re.compile(r"CELERY[A-Z]*_[A-Z_]+[A-Z]")


def found(**given_settings: object) -> list[tuple[str | None, str, str | None]]:
    with override_settings(**given_settings):
        return [(said.id, said.msg, said.hint) for said in check_setting_names()]


def ids(**given_settings: object) -> list[str | None]:
    return [found_id for found_id, _, _ in found(**given_settings)]


def hint(name: str) -> str:
    said = remark(name)
    return "" if said is None else str(said.hint)


def djangos_settings() -> set[str]:
    sources = Path(django.__file__).parent.rglob("*.py")
    read = {name for source in sources for name in DJANGO_READS.findall(source.read_text("utf-8"))}
    return read | {name for name in dir(global_settings) if name.isupper()}


def misspellings(name: str) -> Iterator[str]:
    """``name`` with one letter dropped, doubled, swapped with the next and replaced, everywhere."""
    for place, letter in enumerate(name):
        before, after = name[:place], name[place + 1 :]
        yield before + after
        yield before + letter + letter + after
        yield before + after[:1] + letter + after[1:]
        yield before + ("Q" if letter == "X" else "X") + after


def test_a_project_with_names_of_all_times_is_fine() -> None:
    assert not found(
        BROKER_URL="memory://",
        CELERYD_CONCURRENCY=2,
        CELERY_ACCEPT_CONTENT=["json"],
        CELERY_TASK_ACKS_LATE=True,
        CELERY_ENABLE_UTC=True,
        CELERY_DB_REUSE_MAX=5,
        CELERY_CACHE_BACKEND="default",
        CELERYBEAT_SCHEDULER="djcelery.schedulers.DatabaseScheduler",
        CELERYCAM_EXPIRE_SUCCESS=None,
        CELERY_EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
    )


def test_two_names_with_different_values_say_which_is_used() -> None:
    ((found_id, message, hint),) = found(CELERYD_CONCURRENCY=2, CELERY_WORKER_CONCURRENCY=8)

    assert found_id == "djcelery_loader.W001"
    assert message == (
        "CELERY_WORKER_CONCURRENCY and CELERYD_CONCURRENCY are two names of one setting, and their "
        "values differ: CELERY_WORKER_CONCURRENCY = 8 is used, CELERYD_CONCURRENCY = 2 is not."
    )
    assert hint == "Remove CELERYD_CONCURRENCY."


def test_two_names_with_one_value_are_fine() -> None:
    assert ids(CELERYD_CONCURRENCY=2, CELERY_WORKER_CONCURRENCY=2) == []


@pytest.mark.parametrize(
    ("modern", "old", "value"),
    [
        ("CELERY_BROKER_URL", "BROKER_URL", "amqp://me:hunter2@broker"),
        ("CELERY_BROKER_PASSWORD", "BROKER_PASSWORD", "hunter2"),
        ("CELERY_BROKER_USER", "BROKER_USER", "hunter2"),
        ("CELERY_DATABASE_URL", "CELERY_RESULT_DBURI", "hunter2"),
        ("CELERY_DATABASE_ENGINE_OPTIONS", "CELERY_RESULT_ENGINE_OPTIONS", {"p": "hunter2"}),
        ("CELERY_BEAT_SCHEDULE_FILENAME", "CELERYBEAT_SCHEDULE_FILENAME", "/srv?hunter2"),
    ],
)
def test_a_value_that_may_hold_a_secret_is_not_shown(modern: str, old: str, value: object) -> None:
    ((_, message, _),) = found(**{modern: value, old: None})

    assert "hunter2" not in message
    assert f"{modern} is used" in message


def test_every_dead_name_gets_its_advice() -> None:
    said = found(**dict.fromkeys(ADVICE, "value"))

    assert [hint for _, _, hint in said] == [ADVICE[name] for name in sorted(ADVICE)]
    assert {found_id for found_id, _, _ in said} == {"djcelery_loader.W002"}


def test_advice_sends_nobody_to_a_dead_name() -> None:
    advised = {name for advice in ADVICE.values() for name in CAPITALS.findall(advice)}

    assert {name for name in advised if key_of(name) is None} == set()


def test_every_name_with_one_letter_wrong_is_flagged_with_the_right_one() -> None:
    unseen = {
        (name, wrong)
        for name in recognisable_names()
        for wrong in misspellings(name)
        if not is_read(wrong) and wrong not in ADVICE and name not in hint(wrong)
    }

    assert unseen == set()


@given(names=st.sets(st.sampled_from(sorted(recognisable_names())), max_size=5), data=st.data())
def test_several_names_with_one_letter_wrong_are_each_flagged_once(
    names: set[str], data: st.DataObject
) -> None:
    wrong = {data.draw(st.sampled_from(list(misspellings(name)))) for name in names}
    expected = {name for name in wrong if not is_read(name)}

    messages = [message for _, message, _ in found(**dict.fromkeys(wrong, "same"))]

    assert sorted(message.partition(" ")[0] for message in messages) == sorted(expected)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("CELRY_ALWAYS_EAGER", "CELERY_ALWAYS_EAGER"),
        ("BROKR_URL", "BROKER_URL"),
        ("BROKER_URLS", "BROKER_URL"),
        ("CELERY_CONCURRENCY", "CELERYD_CONCURRENCY"),
        ("CELERY_TIME_ZONE", "CELERY_TIMEZONE"),
        ("CELERYCAM_EXPIRE_SUCESS", "CELERYCAM_EXPIRE_SUCCESS"),
        ("CELERY_TASK_EAGER_PROPAGATES_EXCEPTIONS", "CELERY_EAGER_PROPAGATES_EXCEPTIONS"),
        ("CELERY_BROKER", "CELERY_BROKER_URL"),
    ],
)
def test_a_nearly_right_name_gets_the_right_one(wrong: str, right: str) -> None:
    ((found_id, _, hint),) = found(**{wrong: "value"})

    assert found_id == "djcelery_loader.W003"
    assert right in str(hint)


def test_a_misspelt_dead_name_gets_the_advice_too() -> None:
    assert hint("CELERYD_LOGFILE") == (
        "Did you mean CELERYD_LOG_FILE? CELERYD_LOG_FILE has no effect: "
        "Give celeryd the option --logfile."
    )


@pytest.mark.parametrize("name", ["CELERY_PIZZA", "CELERYD_QQQQ", "CELERYMON_WINDOW"])
def test_a_name_that_begins_as_celerys_and_is_like_none_is_unknown(name: str) -> None:
    assert ids(**{name: 1}) == ["djcelery_loader.W004"]


def test_no_setting_of_djangos_is_flagged() -> None:
    names = djangos_settings()

    assert {"DATABASES", "STATICFILES_FINDERS", "SITE_ID", "MESSAGE_LEVEL"} <= names
    assert {name for name in names if remark(name)} == set()


def test_no_misspelt_setting_of_djangos_is_taken_for_celerys() -> None:
    names = {wrong for name in djangos_settings() for wrong in misspellings(name)}

    assert {name for name in names if remark(name)} == set()


@pytest.mark.parametrize(
    "name",
    [
        "BROKER",
        "BROKERAGE_FEE",
        "BROKER_FEE",
        "CACHE_URL",
        "CASSANDRA_SERVER",
        "CELERY",
        "DJCELERY_LOADER_CONN_MIN_AGE",
        "GCS_BUCKETS",
        "S3_BUCKET",
        "S3_BUCKETS",
        "TASKS",
        "TASK_ALWAYS_EAGER",
        "TT_HOSTS",
    ],
)
def test_a_projects_own_name_is_left_alone(name: str) -> None:
    assert ids(**{name: "value"}) == []


def test_the_check_runs_with_djangos_under_the_tag_djcelery() -> None:
    with override_settings(CELERYD_LOG_FILE="celeryd.log"):
        said = run_checks(tags=["djcelery"])

    assert "djcelery_loader.W002" in {message.id for message in said}
