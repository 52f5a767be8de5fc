"""Results written by Celery's serializers and read again."""

from __future__ import annotations

import math
from base64 import b64decode
from datetime import UTC, date, datetime, time
from decimal import Decimal
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from celery.utils.serialization import UnpickleableExceptionWrapper
from django.core.exceptions import ImproperlyConfigured
from djcelery_models import encoding
from djcelery_models.encoding import Stored
from djcelery_models.errors import ResultNotDecodable, ResultNotEncodable
from hypothesis import given
from hypothesis import strategies as st
from kombu.exceptions import EncodeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery import Celery

SERIALIZERS = ["json", "pickle"]
SERIALIZERS += ["yaml"] if find_spec("yaml") else []
SERIALIZERS += ["msgpack"] if find_spec("msgpack") else []

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
whole_numbers = st.integers(-(2**63), 2**63 - 1)
plain = st.none() | st.booleans() | whole_numbers | st.floats(allow_nan=False) | texts
values = st.recursive(
    plain, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=10
)
rich = (
    st.binary()
    | st.decimals(allow_nan=False)
    | st.uuids()
    | st.dates()
    | st.datetimes(timezones=st.just(UTC))
    | st.times()
)


def rules(serializer: str, make_app: Callable[..., Celery]) -> encoding.Rules:
    app = make_app(result_serializer=serializer, result_accept_content=[serializer])
    return encoding.Codec(app)


def make_stored(**overrides: Any) -> Stored:
    known = {"text": "1", "content_type": "application/json", "content_encoding": "utf-8"}
    return Stored(**{**known, "owner": "task 7", **overrides})


@pytest.mark.parametrize("serializer", SERIALIZERS)
def test_decoding_undoes_encoding(serializer: str, make_app: Callable[..., Celery]) -> None:
    backend = rules(serializer, make_app)

    @given(value=values)
    def check(value: object) -> None:
        stored = encoding.encode(value, backend=backend, owner="task 7")

        assert encoding.decode(stored, backend=backend) == value

    check()


@given(value=rich | st.lists(rich) | st.dictionaries(texts, rich))
def test_json_keeps_the_types_that_celery_knows(value: object) -> None:
    stored = encoding.encode(value, backend=encoding.codec(), owner="task 7")

    assert encoding.decode(stored, backend=encoding.codec()) == value


@given(value=st.text())
def test_any_text_is_stored_as_what_every_database_takes(value: str) -> None:
    stored = encoding.encode(value, backend=encoding.codec(), owner="task 7")

    assert stored.text is not None
    assert stored.text.isascii()
    assert "\0" not in stored.text
    assert encoding.decode(stored, backend=encoding.codec()) == value


def test_what_is_no_text_is_stored_as_base64(make_app: Callable[..., Celery]) -> None:
    stored = encoding.encode({1}, backend=rules("pickle", make_app), owner="task 7")

    assert stored.content_type == encoding.PICKLE
    assert stored.content_encoding == "binary"
    assert b64decode(stored.text or "").startswith(b"\x80")


def test_none_is_null_and_json_null_is_none() -> None:
    stored = encoding.encode(None, backend=encoding.codec(), owner="task 7")

    assert stored.text is None
    assert stored.content_type == "application/json"
    assert encoding.decode(stored, backend=encoding.codec()) is None
    assert encoding.decode(make_stored(text="null"), backend=encoding.codec()) is None


@pytest.mark.parametrize("serializer", SERIALIZERS)
def test_an_exception_comes_back_as_one(serializer: str, make_app: Callable[..., Celery]) -> None:
    backend = rules(serializer, make_app)
    written = encoding.encode(KeyError("gone", 3), backend=backend, owner="task 7")
    stored = make_stored(
        text=written.text,
        content_type=written.content_type,
        content_encoding=written.content_encoding,
        status="FAILURE",
    )

    error = encoding.decode(stored, backend=backend)

    assert type(error) is KeyError
    assert error.args == ("gone", 3)


class Unpicklable(Exception):
    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first}/{second}")


def test_an_exception_that_cannot_be_pickled_comes_back_under_its_name(
    make_app: Callable[..., Celery],
) -> None:
    backend = rules("pickle", make_app)
    written = encoding.encode(Unpicklable("a", "b"), backend=backend, owner="task 7")

    wrapper = encoding.decode(written, backend=backend)

    assert isinstance(wrapper, UnpickleableExceptionWrapper)
    assert type(encoding.restored(wrapper)).__name__ == "Unpicklable"
    assert encoding.restored(wrapper).args == ("a/b",)


@pytest.mark.parametrize("text", ['"just text"', "null", "[1]", '{"no": "exception"}'])
def test_a_failure_that_holds_no_exception_is_its_value(text: str) -> None:
    stored = make_stored(text=text, status="FAILURE")

    value = encoding.decode(stored, backend=encoding.codec())

    assert value == encoding.decode(make_stored(text=text), backend=encoding.codec())


def test_a_value_that_cannot_be_written_names_the_task_and_the_serializer() -> None:
    with pytest.raises(ResultNotEncodable, match="task 7 cannot be written as json") as caught:
        encoding.encode(object(), backend=encoding.codec(), owner="task 7")

    assert isinstance(caught.value, EncodeError)
    assert "CELERY_RESULT_SERIALIZER" in str(caught.value)


@pytest.mark.parametrize("content_type", [encoding.PICKLE, None])
def test_a_pickle_is_not_read_unless_it_is_accepted(content_type: str | None) -> None:
    stored = make_stored(text="gAJLKi4=", content_type=content_type, content_encoding="binary")

    with pytest.raises(
        ResultNotDecodable, match="task 7, stored as application/x-python"
    ) as caught:
        encoding.decode(stored, backend=encoding.codec())

    assert "CELERY_RESULT_ACCEPT_CONTENT = ['json', 'pickle']" in str(caught.value)


@pytest.mark.parametrize("content_type", [encoding.PICKLE, None])
def test_a_pickle_is_read_where_it_is_accepted(
    content_type: str | None, app_with_pickle: Celery
) -> None:
    stored = make_stored(text="gAJLKi4=", content_type=content_type, content_encoding="binary")

    assert encoding.decode(stored, backend=encoding.codec()) == 42


@pytest.mark.parametrize(
    "broken",
    [
        {"text": "{"},
        {"text": "not base64", "content_encoding": "binary"},
        {"content_type": "application/unheard-of"},
        {
            "text": '{"exc_type": "system", "exc_module": "os", "exc_message": []}',
            "status": "RETRY",
        },
    ],
)
def test_what_cannot_be_read_is_an_error_that_names_the_task(broken: dict[str, str]) -> None:
    with pytest.raises(ResultNotDecodable, match="task 7"):
        encoding.decode(make_stored(**broken), backend=encoding.codec())


def test_a_class_that_is_gone_is_named(app_with_pickle: Celery) -> None:
    stored = make_stored(text="gAJjc2hvcC52YWx1ZXMKTW9uZXkKKYEu", content_type=None)

    with pytest.raises(ResultNotDecodable, match=r"cannot be imported here: .*shop"):
        encoding.decode(stored, backend=encoding.codec())


def test_old_text_that_is_no_pickle_is_its_own_value() -> None:
    stored = make_stored(text="2012-02-29", content_type=None)

    assert encoding.decode(stored, backend=encoding.codec()) == "2012-02-29"


def test_an_unknown_serializer_is_named_with_those_there_are(
    make_app: Callable[..., Celery],
) -> None:
    app = make_app(result_serializer="jason")

    with pytest.raises(ImproperlyConfigured, match=r"CELERY_RESULT_SERIALIZER is 'jason'.*json"):
        encoding.Codec(app)


@given(value=st.fixed_dictionaries({"children": st.none() | st.lists(st.lists(texts | st.none()))}))
def test_meta_is_json_whatever_the_serializer(value: object) -> None:
    stored = Stored(text=encoding.encode_meta(value))

    assert encoding.decode_meta(stored, backend=encoding.codec()) == value


def test_floats_without_a_value_survive() -> None:
    stored = encoding.encode([math.inf, math.nan], backend=encoding.codec(), owner="task 7")

    infinite, nothing = encoding.decode(stored, backend=encoding.codec())

    assert infinite == math.inf
    assert math.isnan(nothing)


def test_examples_of_what_json_holds() -> None:
    value = [
        Decimal("1.50"),
        UUID(int=7),
        date(2026, 2, 28),
        time(1, 2),
        datetime(2026, 1, 1, tzinfo=UTC),
    ]

    stored = encoding.encode(value, backend=encoding.codec(), owner="task 7")

    assert encoding.decode(stored, backend=encoding.codec()) == value
