"""Arguments are shown by the names they are bound to, and what has none is hidden."""

from __future__ import annotations

import json
import warnings
from inspect import signature
from typing import Any

import pytest
from djcelery_utils.arguments import mask_text, show_arguments, signature_of
from hypothesis import given
from hypothesis import strategies as st

WORDS = ("password", "api_key")
SECRET = "s3cr3t"

names = st.sampled_from(["user", "city", "size"])
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(names, inner),
    max_leaves=10,
)


def login(
    user: object, password: object = "", /, city: object = "", *rest: object, **more: object
) -> None: ...


class Login:
    def run(self, user: object, password: object) -> None: ...

    def __call__(self, *args: object, **kwargs: object) -> None: ...


def show(*args: object, **kwargs: object) -> tuple[str, str]:
    return show_arguments(args, kwargs, signature(login), words=WORDS)


@pytest.mark.parametrize(
    ("args", "shown"),
    [
        (("me",), '["me"]'),
        (("me", SECRET), '["me", "<hidden>"]'),
        (("me", SECRET, "Rome"), '["me", "<hidden>", "Rome"]'),
        (("me", SECRET, "Rome", SECRET, 1), '["me", "<hidden>", "Rome", "<hidden>", "<hidden>"]'),
        (({"Password": SECRET, "n": [1]},), '[{"Password": "<hidden>", "n": [1]}]'),
    ],
)
def test_positional_arguments_have_the_names_of_the_signature(
    args: tuple[object, ...], shown: str
) -> None:
    assert show(*args) == (shown, "{}")


def test_keyword_arguments_have_their_own_names() -> None:
    _, shown = show("me", city="Rome", my_API_key=SECRET, more={"password": SECRET})

    assert shown == '{"city": "Rome", "my_API_key": "<hidden>", "more": {"password": "<hidden>"}}'


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((), {"city": "Rome"}),  # user is missing
        (("me", SECRET, "Rome"), {"city": "Rome"}),  # city twice
    ],
)
def test_arguments_that_do_not_fit_the_signature_have_no_names(
    args: tuple[object, ...], kwargs: dict[str, object]
) -> None:
    shown_args, shown_kwargs = show(*args, **kwargs)

    assert json.loads(shown_args) == ["<hidden>"] * len(args)
    assert shown_kwargs == '{"city": "Rome"}'


def test_too_many_positional_arguments_have_no_names() -> None:
    def add(x: int) -> None: ...

    assert show_arguments((1, 2), {}, signature(add), words=WORDS)[0] == '["<hidden>", "<hidden>"]'


def test_what_a_signature_among_the_arguments_would_call_with_is_hidden() -> None:
    called = {"task": "login", "args": ["bob", SECRET], "kwargs": {"password": SECRET, "x": 1}}
    mapped = {"task": {**called, "args": []}, "it": [["bob", SECRET]]}

    args, kwargs = show(called, **mapped)

    assert SECRET not in args + kwargs
    assert json.loads(args)[0]["args"] == json.loads(kwargs)["it"] == "<hidden>"
    assert json.loads(args)[0]["kwargs"]["x"] == 1
    assert json.loads(kwargs)["task"]["args"] == []


def test_without_a_signature_positional_arguments_have_no_names() -> None:
    shown = show_arguments([1, 2], {"x": 1, "password": 2}, None, words=WORDS)

    assert shown == ('["<hidden>", "<hidden>"]', '{"x": 1, "password": "<hidden>"}')


def test_without_words_everything_is_shown() -> None:
    shown = show_arguments([1, SECRET], {"password": SECRET}, None, words=())

    assert shown == ('[1, "s3cr3t"]', '{"password": "s3cr3t"}')


def test_long_arguments_are_cut() -> None:
    shown_args, shown_kwargs = show("x" * 20_000, city="y" * 20_000)

    assert shown_args == f'["{"x" * 9_997}…'
    assert shown_kwargs == f'{{"city": "{"y" * 9_989}…'


@given(
    st.tuples(plain, st.just(SECRET), plain),
    st.lists(st.just(SECRET)),
    st.dictionaries(st.sampled_from(["my_password", "API_KEY"]), st.just([SECRET])),
    st.sampled_from([signature(login), None]),
)
def test_no_secret_is_shown_however_it_comes(
    named: tuple[object, ...], rest: list[object], kwargs: dict[str, object], called: Any
) -> None:
    args = (*named, *rest)

    shown = show_arguments(args, kwargs, called, words=WORDS)
    masked = mask_text(repr(args), repr(kwargs), called, words=WORDS)

    assert SECRET not in "".join(shown + masked)


@given(st.lists(plain), st.dictionaries(names, plain), st.sampled_from([(), WORDS]))
def test_text_is_shown_as_the_arguments_it_is_the_repr_of(
    args: list[object], kwargs: dict[str, object], words: tuple[str, ...]
) -> None:
    called = signature(login)

    masked = mask_text(repr(tuple(args)), repr(kwargs), called, words=words)

    assert masked == show_arguments(tuple(args), kwargs, called, words=words)


@given(
    st.text(st.characters()) | st.text("'\\\"b{}[](),:x0 1\n."), st.integers(1, 50), st.booleans()
)
def test_any_text_is_taken(text: str, max_length: int, has_words: bool) -> None:
    words = WORDS if has_words else ()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        masked = mask_text(text, text, signature(login), words=words, max_length=max_length)

    for shown in masked:
        assert len(shown) <= max_length
        assert "\0" not in shown
        shown.encode()


@pytest.mark.parametrize(
    "text",
    [
        "(<object object at 0x7f>, 's3cr3t')",
        "('s3cr3t', ...",
        "'s3cr3t'",
        "{[]: 's3cr3t'}",
        "('s3cr3t\0',)",
        "('s3cr3t', Decimal('1'))",
        "(" * 5_000 + "'s3cr3t'",
        "1" + "+1" * 4_000,
        "-" * 9_000 + "1",
        f"('s3cr3t', '{'x' * 10_000}')",
    ],
    ids=range(10),
)
def test_text_that_is_not_read_is_hidden_as_a_whole(text: str) -> None:
    assert mask_text(text, text, signature(login), words=WORDS) == ("<hidden>", "<hidden>")


def test_text_that_is_not_read_is_shown_as_it_is_without_words() -> None:
    masked = mask_text("(<object>, 1)\0", "x" * 20_000, None, words=())

    assert masked == (r"(<object>, 1)\x00", f"{'x' * 9_999}…")


def test_no_text_stays_no_text() -> None:
    assert mask_text("", "", None, words=WORDS) == ("", "")


def test_positional_arguments_have_no_names_where_the_keywords_are_not_known() -> None:
    shown_args, _ = mask_text("('me',)", "{'city': <City>}", signature(login), words=WORDS)

    assert shown_args == '["<hidden>"]'


def test_a_backslash_that_celery_did_not_escape_is_kept_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shown_args, _ = mask_text(r"('C:\data\\new\'s',)", "{}", signature(login), words=WORDS)

    assert shown_args == r"""["C:\\data\\new's"]"""


def test_the_signature_of_a_task_is_that_of_its_run() -> None:
    assert [*(signature_of(Login()) or signature(login)).parameters] == ["user", "password"]


def test_the_signature_of_a_function_is_its_own() -> None:
    assert signature_of(login) == signature(login)


def test_a_signature_is_looked_up_once_for_each_object() -> None:
    task = Login()

    assert signature_of(task) is signature_of(task)
    assert signature_of(task) is not signature_of(Login())


def test_what_python_cannot_tell_is_none() -> None:
    assert signature_of(dict) is None
