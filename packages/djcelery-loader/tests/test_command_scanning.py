"""An argument list is split as click would split it."""

from __future__ import annotations

import pytest
from celery.bin.celery import celery
from djcelery_loader.commandline.scanning import Item, scan, takes_value, words
from hypothesis import given
from hypothesis import strategies as st

KNOWN = takes_value(celery.commands["worker"].params)


def split(*arguments: str) -> list[tuple[str | None, str | None]]:
    return [(item.option, item.value) for item in scan(arguments, KNOWN)]


@pytest.mark.parametrize(
    "arguments",
    [["-l", "INFO"], ["-lINFO"]],
)
def test_a_short_option_has_its_value_behind_it_or_attached(arguments: list[str]) -> None:
    assert split(*arguments) == [("-l", "INFO")]


@pytest.mark.parametrize("arguments", [["--loglevel", "INFO"], ["--loglevel=INFO"]])
def test_a_long_option_and_its_value_become_one_word(arguments: list[str]) -> None:
    item = Item(words=("--loglevel=INFO",), option="--loglevel", value="INFO")

    assert list(scan(arguments, KNOWN)) == [item]


def test_flags_written_together_are_taken_apart() -> None:
    assert split("-EBl", "INFO") == [("-E", None), ("-B", None), ("-l", "INFO")]


def test_a_value_may_look_like_an_option() -> None:
    assert split("-n", "-E", "-E") == [("-n", "-E"), ("-E", None)]


def test_an_unknown_option_has_no_value() -> None:
    assert split("--foo", "bar", "-xE") == [("--foo", None), (None, None), ("-xE", None)]


def test_nothing_behind_two_dashes_is_an_option() -> None:
    assert list(scan(["-E", "--", "-B"], KNOWN))[1:] == [Item(words=("--", "-B"))]


def test_an_option_at_the_end_may_lack_its_value() -> None:
    assert split("-l") == [("-l", None)]


arguments = st.lists(st.sampled_from([*KNOWN, "-EB", "-lINFO", "INFO", "--foo=1", "-", "--"]))


@given(arguments)
def test_scanning_what_was_scanned_changes_nothing(given: list[str]) -> None:
    once = words(scan(given, KNOWN))

    assert words(scan(once, KNOWN)) == once
