"""Every name has a key of its own that every cache takes."""

from __future__ import annotations

from django.core.cache.backends.base import default_key_func, memcache_key_warnings
from djcelery_backends.cachekeys import MAX_BYTES, entry_key
from hypothesis import example, given
from hypothesis import strategies as st

PREFIX = "celery-task-meta-"
names = st.text(min_size=1)


def made_key(key: str) -> str:
    return default_key_func(key, "site", 1)


def key_of(name: str) -> str:
    return entry_key(PREFIX, name, made=made_key)


@given(names)
@example("a b")
@example("\0")
@example("\ud800")
@example("x" * 300)
@example("ü" * 100)
def test_memcached_takes_the_key_of_every_name(name: str) -> None:
    key = made_key(key_of(name))

    assert not list(memcache_key_warnings(key))
    assert len(key.encode()) <= MAX_BYTES


@given(names, names)
@example("abc", "ABC")
@example("a", "á")
@example("a", "a ")
def test_two_names_have_two_keys_though_a_database_ignores_case(one: str, other: str) -> None:
    assert (key_of(one).lower() == key_of(other).lower()) is (one == other)


@given(names)
def test_the_key_of_a_key_is_another(name: str) -> None:
    assert key_of(key_of(name).removeprefix(PREFIX)) != key_of(name) or name == key_of(
        name
    ).removeprefix(PREFIX)


@given(st.uuids())
def test_the_id_of_celery_s_own_can_be_read_in_the_key(task_id: object) -> None:
    assert key_of(str(task_id)) == f"{PREFIX}{task_id}"
