"""What the database has no room for, told before it refuses it or in place of its words."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from djcelery_models.identifier import MAX_LENGTH
from djcelery_utils.excerpt import storable

from .connection import unshared_connection
from .errors import NotStorable, ResultTooLarge

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper as Connection

LONGEST_STATE: Final = 50
SURELY_SMALL: Final = 1_000_000
"""Every server takes as many bytes."""
ESCAPED: Final = "\0\n\r\x1a\\'\""


def check_identifier(value: str, what: str, longest: int = MAX_LENGTH) -> None:
    """Raise NotStorable for an id, or another name, that no column can hold."""
    if not isinstance(value, str):
        raise NotStorable(what, str(value), f"it is of type {type(value).__name__}: give a str")
    if len(value) > longest:
        reason = f"it has {len(value)} characters, and at most {longest} can be stored"
        raise NotStorable(what, value, reason)
    if "\0" in value:
        raise NotStorable(what, value, "it has a NUL, which PostgreSQL takes in no text")
    if not value.isascii() and storable(value) != value:
        raise NotStorable(what, value, "it has half of a surrogate pair, which is no text")


def check_size(values: dict[str, Any], connection: Connection, owner: str) -> None:
    """Raise ResultTooLarge if that is why MariaDB or MySQL has ended the connection."""
    if connection.vendor != "mysql":
        return
    texts = [value for value in values.values() if isinstance(value, str)]
    size = sum(len(text.encode()) + sum(map(text.count, ESCAPED)) for text in texts)
    if size < SURELY_SMALL:
        return
    with closing(unshared_connection(connection.alias)) as another, another.cursor() as cursor:
        cursor.execute("SELECT @@max_allowed_packet")
        (limit,) = cursor.fetchone()
    if size > limit:
        raise ResultTooLarge(owner, connection.alias, size, limit)
