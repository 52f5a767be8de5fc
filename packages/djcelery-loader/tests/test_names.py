"""Every name that Celery 2.5 to 5.7 knew is still read, or known to be dead."""

from __future__ import annotations

import json
import re
from pathlib import Path

import celery
import pytest
from celery import Celery
from celery.app.defaults import SETTING_KEYS
from celery.utils.collections import DictAttribute
from django.conf import global_settings, settings
from django.test import override_settings
from djcelery_loader.deadnames import ADVICE
from djcelery_loader.names import (
    UNLISTED_KEYS,
    celery_names,
    doubles,
    is_read,
    key_of,
    modern_name,
)

RELEASES = json.loads((Path(__file__).parent / "data" / "settings_by_release.json").read_text())
CELERY_ENVIRONMENT = (
    "CELERY_BROKER_URL",
    "CELERY_BROKER_READ_URL",
    "CELERY_BROKER_WRITE_URL",
    "CELERY_RESULT_BACKEND",
)
KEYED = {name for name in celery_names() if key_of(name)}
MODERN = {name for name in KEYED if name == modern_name(str(key_of(name)))}
READ_BY_CELERY = re.compile(r"\b(?:conf|_get)(?:\.get)?[(\[]\s*['\"]([a-z0-9]+_[a-z0-9_]+)['\"]")


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CELERY_ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)


def configured_by_django() -> Celery:
    app = Celery(loader="app", set_as_current=False)
    app.config_from_object(DictAttribute(settings), namespace="CELERY")
    return app


def test_every_name_of_every_release_is_read_or_dead_or_djangos() -> None:
    djangos = set(dir(global_settings))

    left = {name for name in RELEASES if not is_read(name) and name not in ADVICE} - djangos

    assert left == set()


def test_no_name_is_both_read_and_dead() -> None:
    assert {name for name in ADVICE if is_read(name)} == set()


@pytest.mark.parametrize("names", [MODERN, KEYED - MODERN], ids=["modern", "old"])
def test_each_name_sets_its_key(names: set[str]) -> None:
    values = {name: object() for name in names}

    with override_settings(**values):
        conf = configured_by_django().conf
        found = {name: getattr(conf, str(key_of(name))) for name in names}

    assert found == values


def test_the_modern_name_wins() -> None:
    pairs = doubles(celery_names())
    values = {name: f"value of {name}" for pair in pairs for name in pair}

    with override_settings(**values):
        conf = configured_by_django().conf
        found = {old: conf[str(key_of(old))] for _, old in pairs}

    assert found == {old: values[modern] for modern, old in pairs}


def test_the_names_cover_all_of_celerys_keys() -> None:
    assert {key_of(name) for name in KEYED} == SETTING_KEYS | set(UNLISTED_KEYS)


def test_every_key_that_celerys_code_reads_is_known() -> None:
    sources = Path(celery.__file__).parent.rglob("*.py")

    keys = {key for source in sources for key in READ_BY_CELERY.findall(source.read_text())}

    assert keys - SETTING_KEYS <= set(UNLISTED_KEYS)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("CELERY_TASK_ALWAYS_EAGER", "task_always_eager"),
        ("CELERY_ALWAYS_EAGER", "task_always_eager"),
        ("CELERYBEAT_SCHEDULE", "beat_schedule"),
        ("BROKER_URL", "broker_url"),
        ("CELERY_TASK_RESULT_EXPIRES", "result_expires"),
        ("CELERY_REDIS_CLIENT_NAME", "redis_client_name"),
        ("CELERYD_LOG_FILE", None),
        ("TIME_ZONE", None),
    ],
)
def test_a_name_tells_its_key(name: str, key: str | None) -> None:
    assert key_of(name) == key


def test_names_that_celery_reads_for_no_key_of_their_own_are_celerys_too() -> None:
    assert {"TIME_ZONE", "CELERY_DB_REUSE_MAX"} <= celery_names() - KEYED


def test_settings_that_may_be_the_projects_own_are_no_doubles() -> None:
    assert doubles({"CELERY_S3_BUCKET", "S3_BUCKET"}) == []


def test_a_double_is_the_modern_name_and_the_old_one() -> None:
    names = {
        "CELERYD_CONCURRENCY",
        "CELERY_WORKER_CONCURRENCY",
        "CELERY_BROKER_URL",
        "BROKER_URL",
        "CELERY_RESULT_BACKEND",
        "CELERY_QUEUES",
    }

    assert doubles(names) == [
        ("CELERY_BROKER_URL", "BROKER_URL"),
        ("CELERY_WORKER_CONCURRENCY", "CELERYD_CONCURRENCY"),
    ]


def test_doubles_come_in_order() -> None:
    pairs = doubles(celery_names())

    assert pairs == sorted(pairs)
