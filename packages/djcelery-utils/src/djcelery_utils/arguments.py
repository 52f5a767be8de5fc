"""The arguments of a task as texts to store and show, without the secrets among them."""

from __future__ import annotations

import ast
import re
from inspect import Parameter, Signature, signature
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from .excerpt import excerpt, storable
from .masking import HIDDEN, is_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

MAX_LENGTH = 10_000
BY_POSITION = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
NO_ESCAPE = re.compile(r"""\\([\\'"abfnrtvxuUN\n]|)""")

_signatures: WeakKeyDictionary[Callable[..., object], Signature | None] = WeakKeyDictionary()


def signature_of(task: Callable[..., object]) -> Signature | None:
    """How ``task`` is called; None where Python cannot tell.

    task: a Celery task, of which ``run`` counts (bound, it has no ``self``), or any callable that
    can be referenced weakly. Looked up once for each object.
    """
    if task not in _signatures:
        try:
            _signatures[task] = signature(getattr(task, "run", task))
        except (TypeError, ValueError):
            _signatures[task] = None
    return _signatures[task]


def show_arguments(
    args: Sequence[object],
    kwargs: dict[str, object],
    called: Signature | None,
    *,
    words: Collection[str],
    max_length: int = MAX_LENGTH,
) -> tuple[str, str]:
    """``args`` and ``kwargs`` as two texts of at most ``max_length`` characters; never raises.

    called: what names the positional arguments; None where it is not known.
    words: as ``DJCELERY_MASK_ARGUMENTS`` has them. While there are any, a value is ``<hidden>`` if
    its name, or the key it is under, contains one; if it is positional and has no certain name
    (``called`` is None or does not fit the arguments, or it is one of ``*args``); or if it is not
    plain data. JSON where it is JSON, with kombu's marks for dates and the like, else a repr.
    """
    names = _names(args, kwargs, called) if words else ()
    shown = tuple(
        HIDDEN if words and (name is None or is_secret(name, words)) else value
        for name, value in zip(chain(names, repeat(None)), args, strict=False)
    )
    return (
        excerpt(shown, words=words, max_length=max_length),
        excerpt(kwargs, words=words, max_length=max_length),
    )


def mask_text(
    args_text: str,
    kwargs_text: str,
    called: Signature | None,
    *,
    words: Collection[str],
    max_length: int = MAX_LENGTH,
) -> tuple[str, str]:
    """The same for arguments that are text already, as ``argsrepr`` and ``kwargsrepr`` of events.

    What is not a literal of Python, or longer than ``max_length``, is ``<hidden>`` as a whole while
    there are words, and else shown as it is, cut. Never raises.
    """
    args, kwargs = _literal(args_text, max_length), _literal(kwargs_text, max_length)
    is_args, is_kwargs = isinstance(args, list | tuple), isinstance(kwargs, dict)
    shown_args, shown_kwargs = show_arguments(
        args if is_args else (),
        kwargs if is_kwargs else {},
        called if is_kwargs else None,
        words=words,
        max_length=max_length,
    )
    return (
        shown_args if is_args else _unread(args_text, words, max_length),
        shown_kwargs if is_kwargs else _unread(kwargs_text, words, max_length),
    )


def _names(
    args: Sequence[object], kwargs: dict[str, object], called: Signature | None
) -> list[str]:
    """The names of the positional arguments, as far as they are certain."""
    if called is None:
        return []
    try:
        called.bind(*args, **kwargs)
    except TypeError:  # a call for another version of the task, so its positions say nothing
        return []
    return [name for name, param in called.parameters.items() if param.kind in BY_POSITION]


def _literal(text: str, max_length: int) -> Any:
    """The value that ``text`` is the repr of; None if it is none, or too long to be parsed."""
    if len(text) > max_length:
        return None
    try:
        return ast.literal_eval(NO_ESCAPE.sub(_escape, text))
    except (SyntaxError, TypeError, ValueError, MemoryError, RecursionError):
        return None


def _escape(match: re.Match[str]) -> str:
    """A backslash that Celery's repr left as it is, doubled: Python would warn of it."""
    return match[0] if match[1] else "\\\\"


def _unread(text: str, words: Collection[str], max_length: int) -> str:
    return storable(HIDDEN if words and text else text, max_length)
