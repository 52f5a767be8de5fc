"""Every value that the old releases stored, read as those releases read it themselves."""

from __future__ import annotations

import builtins
import gzip
import json
import pickle
import sqlite3
import sys
from base64 import b64encode
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from celery.result import GroupResult
from django.contrib.auth.models import Permission
from djcelery_models import legacynames, legacypickle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DATA = Path(__file__).parent / "data"
DATABASES = sorted((DATA / "legacy").glob("*/*.sqlite3.gz"))
COLUMNS = {
    "task_results": [("celery_taskmeta", "result"), ("celery_taskmeta", "meta")],
    "group_results": [("celery_tasksetmeta", "result")],
}


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(DATA / "results"))
    yield
    for name in ("shop", "shop.errors", "shop.values"):
        sys.modules.pop(name, None)


def expectation(database: Path) -> Any:
    """What the release itself read; before an upgrade that could not read all of it any more."""
    name = database.name.removesuffix(".sqlite3.gz")
    before = database.with_name(f"{name}.before.expected.json.gz")
    path = before if before.exists() else database.with_name(f"{name}.expected.json.gz")
    return json.loads(gzip.decompress(path.read_bytes()))


def stored_values(database: Path) -> Iterator[tuple[str, Any]]:
    """The text of each value beside what the release read in it."""
    connection = sqlite3.connect(":memory:")
    connection.deserialize(gzip.decompress(database.read_bytes()))
    expected = expectation(database)
    for key, columns in COLUMNS.items():
        for table, column in columns:
            for row in expected[key]:
                if column in row:
                    query = f"SELECT {column} FROM {table} WHERE id = ?"
                    (text,) = connection.execute(query, [row["id"]]).fetchone()
                    yield text, row[column]
    connection.close()


def read(text: str | None) -> Any:
    data = legacypickle.pickled(text) if text is not None else None
    return text if data is None else legacypickle.load(data)


def same_items(expected: list[Any], values: Any) -> bool:
    return len(expected) == len(values) and all(map(is_same, expected, values))


def same_pairs(expected: list[Any], values: dict[Any, Any]) -> bool:
    return len(expected) == len(values) and all(
        any(is_same(key, k) and is_same(value, v) for k, v in values.items())
        for key, value in expected
    )


def same_text(expected: Any, value: Any) -> bool:
    if "hex" in expected:
        return bool(value.encode("latin1").hex() == expected["hex"])
    return bool(value == expected["ascii"])


def same_object(expected: Any, value: Any) -> bool:
    name = expected["class"].rpartition(".")[2]
    kind = type(value)
    return (
        (kind.__name__ in (name, f"{name}Error") or issubclass(kind, getattr(builtins, name, ())))
        and same_items(expected.get("args", []), getattr(value, "args", []))
        and same_items(expected.get("items", []), value if "items" in expected else [])
        and ("state" not in expected or same_pairs(expected["state"]["v"], vars(value)))
    )


SAME: dict[str, Callable[[Any, Any], bool]] = {
    "None": lambda _expected, value: value is None,
    "Decimal": lambda expected, value: str(value) == expected["v"],
    "OrderedDict": lambda expected, value: same_pairs(expected["v"], value),
    "UUID": lambda expected, value: str(value) == expected["v"],
    "async result": lambda expected, value: is_same(expected["id"], value.id),
    "bytes": lambda expected, value: value.hex() == expected["hex"],
    "date": lambda expected, value: value.isoformat() == expected["v"],
    "datetime": lambda expected, value: value.isoformat() == expected["v"],
    "dict": lambda expected, value: same_pairs(expected["v"], value),
    "exception": same_object,
    "group result": lambda expected, value: (
        isinstance(value, GroupResult)
        and is_same(expected["id"], value.id)
        and same_items(expected["results"], value.results)
    ),
    "list": lambda expected, value: (
        isinstance(value, list | tuple) and same_items(expected["v"], value)
    ),
    "object": same_object,
    "py2str": same_text,
    "set": lambda expected, value: same_items(expected["v"], sorted(value)),
    "time": lambda expected, value: value.isoformat() == expected["v"],
    "timedelta": lambda expected, value: value == timedelta(*expected["v"]),
    "tuple": lambda expected, value: isinstance(value, tuple) and same_items(expected["v"], value),
}


def is_same(expected: Any, value: Any) -> bool:
    same = SAME.get(expected["t"])
    if same is None:  # a number, a bool, text
        return bool(type(value)(expected["v"]) == value)
    return same(expected, value)


@pytest.mark.parametrize("database", DATABASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_value_of_an_old_database_is_read_as_its_release_read_it(
    database: Path, shop: None, app_with_pickle: object
) -> None:
    values = [(read(text), expected) for text, expected in stored_values(database)]

    assert len(values) >= 54
    assert [pair for pair in values if not is_same(pair[1], pair[0])] == []


def test_a_class_that_is_gone_is_an_error_and_not_the_text_of_the_pickle() -> None:
    data = b"\x80\x02cshop.values\nMoney\n)\x81."

    with pytest.raises(ModuleNotFoundError, match="shop"):
        legacypickle.load(data)


@pytest.mark.parametrize("text", ["plain", "1234.5600", "gAJ", "", "eJx", "gAJLKi4", "Zürich"])
def test_text_that_is_no_pickle_holds_none(text: str) -> None:
    assert legacypickle.pickled(text) is None


@pytest.mark.parametrize("value", [0, 42, -7, 2**70, 3.5, True, False])
def test_a_number_is_looked_up_under_the_text_it_has_of_old(value: object) -> None:
    assert b64encode(pickle.dumps(value, 2)).decode() in legacypickle.spellings(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("gAJVCnBsYWluIHRleHRxAS4=", "plain text"),
        ("gAJYCgAAAG9ubHkgYXNjaWlxAS4=", "only ascii"),
        ("gAJYFgAAAFrDvHJpY2gg4oCTIOadseS6rCDimINxAS4=", "Zürich \u2013 東京 ☃"),
    ],
)
def test_a_text_is_looked_up_as_python_2_stored_it(text: str, value: str) -> None:
    assert text in legacypickle.spellings(value)


def global_call(module: str, name: str, arguments: object, state: object = None) -> bytes:
    """A pickle that calls ``module.name``, which need not exist here."""
    call = b"\x80\x02c%s\n%s\n" % (module.encode(), name.encode())
    call += pickle.dumps(arguments, 2)[2:-1] + b"R"
    return call + (b"" if state is None else pickle.dumps(state, 2)[2:-1] + b"b") + b"."


def test_a_fixed_offset_of_django_keeps_its_offset_and_name() -> None:
    state = {"_FixedOffset__offset": timedelta(minutes=90), "_FixedOffset__name": "there"}

    zone = legacypickle.load(global_call("django.utils.timezone", "FixedOffset", (), state))

    assert zone.utcoffset(None) == timedelta(minutes=90)
    assert zone.tzname(None) == "there"
    assert zone.dst(None) == timedelta(0)


def test_the_local_zone_of_django_is_that_of_the_project() -> None:
    zone = legacypickle.load(
        global_call("django.utils.timezone", "LocalTimezone", (), {"STDOFFSET": timedelta(0)})
    )

    summer = datetime(2019, 7, 1, 12, tzinfo=zone)
    assert summer.isoformat() == "2019-07-01T12:00:00+02:00"
    assert summer.dst() == timedelta(hours=1)
    assert summer.tzname() == "CEST"


@pytest.mark.parametrize(
    ("name", "arguments", "shown"),
    [
        ("_UTC", (), "2019-07-01T12:00:00+00:00"),
        ("FixedOffset", (-330,), "2019-07-01T12:00:00-05:30"),
        ("_p", ("Europe/Berlin",), "2019-07-01T12:00:00+02:00"),
        ("_p", ("Europe/Berlin", 3600, 0, "CET"), "2019-07-01T12:00:00+01:00"),
    ],
)
def test_a_zone_of_pytz_is_read_without_pytz(name: str, arguments: object, shown: str) -> None:
    zone = legacypickle.load(global_call("pytz", name, arguments))

    assert datetime(2019, 7, 1, 12, tzinfo=zone).isoformat() == shown


def test_safe_text_is_read_whatever_state_it_had() -> None:
    data = b"\x80\x02cdjango.utils.safestring\nSafeText\nX\x02\x00\x00\x00hi\x85\x81}b."

    value = legacypickle.load(data)

    assert value == "hi"
    assert isinstance(value, legacynames.SafeText)


def test_a_unicode_error_of_python_2_has_its_bytes() -> None:
    arguments = ("ascii", "caf\xc3", 3, 4, "ordinal not in range(128)")

    error = legacypickle.load(global_call("exceptions", "UnicodeDecodeError", arguments))

    assert error.object == b"caf\xc3"
    assert error.reason == "ordinal not in range(128)"


@pytest.mark.parametrize("named", [("auth", "Permission"), Permission])
def test_a_model_instance_is_read_without_a_warning_about_the_version(named: object) -> None:
    state = {"name": "Can do", "codename": "do", "_django_version": "1.11.29"}
    data = global_call("django.db.models.base", "model_unpickle", (named, []), state)

    value = legacypickle.load(data)

    assert isinstance(value, Permission)
    assert (value.name, value.codename) == ("Can do", "do")


def test_a_class_that_was_wrapped_to_be_stored_is_read_bare() -> None:
    data = (
        b"\x80\x02ccopy_reg\n_reconstructor\ncpicklefield.fields\n_ObjectWrapper\n"
        b"c__builtin__\nobject\nN\x87R(N}U\x04_objc__builtin__\nValueError\nstb."
    ).replace(b"c__builtin__\nValueError", b"cexceptions\nValueError")

    assert legacypickle.load(data) is ValueError


def test_the_backend_in_an_old_result_is_that_of_the_app(app_with_pickle: object) -> None:
    backend = (
        b"ccelery.backends.base\nunpickle_backend\n"
        b"cdjcelery.backends.database\nDatabaseBackend\n)}\x87R"
    )
    data = b"\x80\x02ccelery.result\nAsyncResult\nU\x02id" + backend + b"NN\x87" + b"R."
    data = data.replace(b"NN\x87R.", b"\x86R.")

    result = legacypickle.load(data)

    assert result.id == "id"
    assert result.backend is app_with_pickle.backend  # type: ignore[attr-defined]
