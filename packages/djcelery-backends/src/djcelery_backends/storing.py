"""Write rows of results: in a worker until the database takes them, elsewhere as others do."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from django.db import connections, transaction

from .connection import own_connection, routed
from .missing import MAYBE_MISSING, raise_missing
from .retrying import once_more, until_taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.backends.utils import CursorWrapper

T = TypeVar("T")


def store(write: Callable[[CursorWrapper], T], *, using: str, what: str) -> T:
    """What ``write`` returns, which is given a cursor of the database ``using``.

    In a worker that is one of its own connection, in autocommit; ``write`` is repeated, and is in
    ``in_transaction`` if it does more than one thing. Elsewhere it is one of the caller's,
    inside ``atomic`` in a savepoint.
    ``what`` is stored, for messages. Raises TablesMissing, and what the database raises.
    """
    own = own_connection(using)
    try:
        if own is None:
            return once_more(partial(_over_the_callers, write, using), connections[using])
        return until_taken(own.run, write, what=what)
    except MAYBE_MISSING as error:
        raise_missing(error, using)
        raise


@contextmanager
def in_transaction(cursor: CursorWrapper, using: str) -> Iterator[None]:
    """In this block the statements of ``cursor``, and of the ORM, are one transaction."""
    with routed(using, cursor.db), transaction.atomic(using=using):
        yield


def _over_the_callers(write: Callable[[CursorWrapper], T], using: str) -> T:
    connection = connections[using]
    savepoint = transaction.atomic(using=using) if connection.in_atomic_block else nullcontext()
    with savepoint, connection.cursor() as cursor:
        return write(cursor)
