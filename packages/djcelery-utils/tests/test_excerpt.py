"""A value becomes text of bounded length that shows no secret and that every database takes."""

from __future__ import annotations

import json
import tracemalloc
from collections import OrderedDict, namedtuple
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.utils.functional import SimpleLazyObject
from djcelery_utils.excerpt import excerpt, storable
from hypothesis import given
from hypothesis import strategies as st

WORDS = ("password", "Token")
SECRET = "s3cr3t"

texts = st.text(st.characters(exclude_categories=["Cs"]))
keys = texts.filter(lambda key: not any(word.lower() in key.casefold() for word in WORDS))
finite = st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | st.integers() | finite | texts
json_data = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=30
)
anything = st.recursive(
    scalars
    | st.text(st.characters())
    | st.floats()
    | st.binary()
    | st.datetimes()
    | st.decimals()
    | st.uuids()
    | st.timedeltas()
    | st.builds(object),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.sets(st.integers() | st.text(st.characters()))
        | st.dictionaries(scalars | st.binary() | st.tuples(texts), inner)
    ),
    max_leaves=30,
)
lengths = st.integers(min_value=1, max_value=200)


def show(value: object, *, words: tuple[str, ...] = (), max_length: int = 10_000) -> str:
    return excerpt(value, words=words, max_length=max_length)


def letter_cases(name: str) -> st.SearchStrategy[str]:
    switches = st.lists(st.booleans(), min_size=len(name), max_size=len(name))
    return switches.map(
        lambda ups: "".join(c.upper() if up else c for c, up in zip(name, ups, strict=True))
    )


secret_keys = st.tuples(
    texts, st.sampled_from(WORDS).map(str.lower).flatmap(letter_cases), texts
).map("".join)
secrets = st.recursive(
    st.just(SECRET) | st.just(SECRET.encode()),
    lambda inner: st.lists(inner, min_size=1) | st.dictionaries(keys, inner, min_size=1),
    max_leaves=5,
)
with_secrets = st.recursive(
    scalars | st.dictionaries(secret_keys, secrets),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner)
        | st.dictionaries(keys | st.integers() | st.binary(), inner)
        | st.dictionaries(secret_keys, inner | secrets)
    ),
    max_leaves=20,
)


class Loud:
    def __repr__(self) -> str:
        return SECRET


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError(SECRET)


class Nowhere(tzinfo):
    def utcoffset(self, _moment: datetime | None) -> Any:
        raise RuntimeError(SECRET)

    tzname = dst = utcoffset


class Name(str):
    __slots__ = ()

    def casefold(self) -> str:
        return ""


Credentials = namedtuple("Credentials", ["user", "password"])  # noqa: PYI024  # as old code has it


@given(json_data, st.sampled_from([(), WORDS]))
def test_json_comes_back(value: object, words: tuple[str, ...]) -> None:
    text = show(value, words=words, max_length=1_000_000)

    assert json.loads(text) == value


@given(with_secrets, lengths | st.just(10_000))
def test_what_is_under_a_masked_name_never_shows(value: object, max_length: int) -> None:
    assert SECRET not in show(value, words=WORDS, max_length=max_length)


@given(json_data, st.sampled_from([(), WORDS]), lengths)
def test_a_text_is_cut_only_where_it_is_too_long(
    value: object, words: tuple[str, ...], max_length: int
) -> None:
    whole = show(value, words=words, max_length=1_000_000)

    text = show(value, words=words, max_length=max_length)

    assert text == (whole if len(whole) <= max_length else f"{whole[: max_length - 1]}…")


@given(anything, st.sampled_from([(), WORDS]), lengths)
def test_every_text_is_short_enough_and_storable(
    value: object, words: tuple[str, ...], max_length: int
) -> None:
    text = show(value, words=words, max_length=max_length)

    assert 0 < len(text) <= max_length
    assert "\0" not in text
    text.encode()


@pytest.mark.parametrize(
    ("value", "marker", "encoded"),
    [
        (datetime(2026, 1, 2, tzinfo=UTC), "datetime", "2026-01-02T00:00:00+00:00"),
        (date(2026, 1, 2), "date", "2026-01-02"),
        (time(3, 4), "time", "03:04:00"),
        (Decimal("1.50"), "decimal", "1.50"),
        (UUID(int=1), "uuid", {"hex": "00000000000000000000000000000001"}),
        (b"abc", "bytes", "abc"),
        (b"\xff", "base64", "/w=="),
        (bytearray(b"abc"), "bytes", "abc"),
    ],
)
def test_what_celery_sends_as_json_is_written_alike(
    value: object, marker: str, encoded: object
) -> None:
    text = show([value], words=WORDS)

    assert json.loads(text) == [{"__type__": marker, "__value__": encoded}]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({1: "a", "1": "b"}, "{1: 'a', '1': 'b'}"),
        ({(1, "a"): 2}, "{(1, 'a'): 2}"),
        (({1}, frozenset()), "(set([1]), frozenset([]))"),
        ([float("nan")], "[nan]"),
        ([{1, 2}, date(2026, 1, 2), b"\0"], r"[set([1, 2]), date('2026-01-02'), b'\x00']"),
        ([10**5000], "[<int of 16610 bits>]"),
        ([Broken()], "[<unrepresentable Broken>]"),
        ([Loud()], "[s3cr3t]"),
        ([datetime(2026, 1, 2, tzinfo=Nowhere())], "[<unrepresentable datetime>]"),
    ],
)
def test_what_is_not_json_is_a_repr(value: object, text: str) -> None:
    assert show(value) == text


@pytest.mark.parametrize(
    "value",
    [
        Loud(),
        Broken(),
        Credentials("me", SECRET),
        10**5000,
        datetime(2026, 1, 2, tzinfo=Nowhere()),
        ...,
    ],
    ids=type,
)
def test_while_words_are_set_what_is_not_plain_data_is_hidden(value: object) -> None:
    assert show([value], words=WORDS) == '["<hidden>"]'


@pytest.mark.parametrize(
    ("key", "shown_key"),
    [
        (b"password", "b'password'"),
        (("password",), "('password',)"),
        (Loud(), "'<hidden>'"),
    ],
)
def test_a_key_that_is_no_name_hides_its_value(key: object, shown_key: str) -> None:
    text = show({key: SECRET}, words=WORDS)

    assert text == f"{{{shown_key}: '<hidden>'}}"


def test_a_lazy_object_is_not_woken_while_words_are_set() -> None:
    lazy = SimpleLazyObject(lambda: pytest.fail("woken"))

    assert show([lazy], words=WORDS) == '["<hidden>"]'


def test_a_text_with_code_of_its_own_is_compared_as_text() -> None:
    assert show({Name("password"): SECRET}, words=WORDS) == '{"password": "<hidden>"}'


def test_subclasses_of_containers_are_shown_as_such_without_words() -> None:
    value = [Credentials("me", "x"), OrderedDict(a=1)]

    assert show(value) == '[["me", "x"], {"a": 1}]'


def test_a_container_in_itself_is_not_followed() -> None:
    cycle: list[Any] = [1]
    cycle.append({"again": cycle})

    assert show(cycle) == "[1, {'again': ...}]"
    assert show(cycle, words=WORDS) == '[1, {"again": "<hidden>"}]'


def test_what_is_nested_too_deeply_is_not_followed() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]

    assert show(deep) == "[" * 50 + "..." + "]" * 50
    assert show(deep, words=WORDS) == "[" * 50 + '"<hidden>"' + "]" * 50


def test_a_container_that_is_there_twice_is_shown_twice() -> None:
    twice = [1]

    assert show([twice, twice], words=WORDS) == "[[1], [1]]"


@pytest.mark.parametrize("words", [(), WORDS])
@pytest.mark.parametrize(
    "value",
    [
        "x" * 5_000_000,
        b"x" * 5_000_000,
        "é€😀".encode() * 1_000_000,
        [""] * 5_000_000,
        [[b""] * 100_000] * 100_000,
        [[[]] * 100_000] * 100_000,
        [[range(1)] * 100_000] * 100_000,
        dict.fromkeys(range(1_000_000)),
        {"x" * 5_000_000: 1},
    ],
    ids=["text", "bytes", "characters", "texts", "bytestrings", "lists", "objects", "keys", "key"],
)
def test_of_a_huge_value_little_is_copied(value: object, words: tuple[str, ...]) -> None:
    tracemalloc.start()
    try:
        text = show(value, words=words, max_length=1_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(text) == 1_000
    assert text.endswith("…")
    assert peak < 1_000_000


@given(st.text(st.characters(exclude_categories=[])))
def test_a_text_of_any_length_is_made_storable(text: str) -> None:
    told = storable(text)

    told.encode()
    assert told == "".join(storable(character) for character in text)
    assert "\0" not in told
