"""Passwords stay out of messages."""

from __future__ import annotations

import pytest
from djcelery_utils.masking import shown
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize("name", ["default", "djcelery-cache", "shop.backends:KeepingBackend"])
def test_a_name_is_shown(name: str) -> None:
    assert shown(name) == f"'{name}'"


@pytest.mark.parametrize(
    "address",
    [
        "redis://:s3cr3t@db/0",
        "redis:/:s3cr3t@db/0",
        "cache+memcached://u:s3cr3t@h",
        "//s3cr3t",
        "s3cr3t@db",
        "user:s3cr3t",
    ],
)
def test_an_address_shows_how_it_begins(address: str) -> None:
    assert "s3cr3t" not in shown(address)
    assert shown(address)[1:].split("...")[0] in address


@given(st.from_regex(r"\A\w+:/+\w*:s3cr3t@\w+\Z"))
def test_no_password_of_any_address_is_shown(address: str) -> None:
    assert "s3cr3t" not in shown(address) or address.startswith("s3cr3t")
