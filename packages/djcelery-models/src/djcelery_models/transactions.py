"""The documented helpers around saving in a transaction."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from django.db import connections, models
from djcelery_utils.databases import DATABASE_ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=models.Model)


class TxIsolationWarning(UserWarning):
    """The isolation level may keep a reader from seeing what others have committed."""


def transaction_retry(max_retries: int = 1) -> Callable[[Callable[P, R]], Callable[..., R]]:
    """Decorate a function so that it is called again after a database error.

    max_retries: how many times more; the caller may give another number as the keyword argument
    ``exception_retry_count``. Inside a transaction nothing is repeated: it has failed as a whole.
    """

    def decorate(function: Callable[P, R]) -> Callable[..., R]:
        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            left = kwargs.pop("exception_retry_count", max_retries)
            return _call(lambda: function(*args, **kwargs), retries=int(str(left)))

        return call

    return decorate


def _call(function: Callable[[], R], *, retries: int) -> R:
    for _attempt in range(retries):
        try:
            return function()
        except DATABASE_ERRORS:
            opened = connections.all(initialized_only=True)
            if any(connection.in_atomic_block for connection in opened):
                raise
            for connection in opened:
                connection.close_if_unusable_or_obsolete()
    return function()


def update_model_with_dict(obj: M, fields: Mapping[str, object]) -> M:
    """Set ``fields`` on ``obj``, save it and return it."""
    for name, value in fields.items():
        setattr(obj, name, value)
    obj.save()
    return obj
