"""Read a component's settings into one typed, frozen value."""

from __future__ import annotations

from dataclasses import MISSING, fields
from datetime import timedelta
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def read_settings(settings_type: type[T], *, prefix: str) -> T:
    """``settings_type`` with each field read from the Django setting ``prefix`` + its upper name.

    settings_type: a dataclass whose fields all have defaults, of ``bool``, ``int``, ``float``,
    ``str``, ``timedelta``, ``Literal``, ``tuple[str, ...]``, or one of these ``| None``; or with
    ``metadata={"read": function}``, which makes the value of the field of the name of the setting
    and its value.
    Raises ImproperlyConfigured, naming setting, value and what is allowed, if a value has another
    type. Read anew on each call, so ``override_settings`` is seen.
    """
    hints = get_type_hints(settings_type)
    values = {}
    for field in fields(settings_type):  # type: ignore[arg-type]  # a dataclass, as documented
        name = prefix + field.name.upper()
        value = getattr(settings, name, MISSING)
        if value is not MISSING:
            read = field.metadata.get("read")
            values[field.name] = (
                read(name, value) if read else converted(name, value, hints[field.name])
            )
    return settings_type(**values)


def until_changed(read: Callable[[], T]) -> Callable[[], T]:
    """A decorator: ``read``, called once and again after any setting has changed.

    For where every microsecond counts. ``override_settings`` and the like tell of a change.
    """
    kept = cache(read)
    _kept.append(kept)
    return kept


_kept: list[Any] = []


def _forget(**_kwargs: object) -> None:
    for kept in _kept:
        kept.cache_clear()


setting_changed.connect(_forget, dispatch_uid="djcelery_utils.until_changed")


def setting_names(settings_type: type, *, prefix: str) -> list[str]:
    """The names of the Django settings that ``read_settings`` would read."""
    return [prefix + field.name.upper() for field in fields(settings_type)]


def converted(name: str, value: Any, hint: Any) -> Any:
    """``value`` of the setting ``name`` as a field annotated with ``hint`` holds it.

    Raises ImproperlyConfigured if the value has another type.
    """
    for allowed in get_args(hint) if isinstance(hint, UnionType) else (hint,):
        if get_origin(allowed) is Literal:
            if any(value == choice and type(value) is type(choice) for choice in get_args(allowed)):
                return value
        elif get_origin(allowed) is tuple:
            if isinstance(value, list | tuple | set | frozenset) and all(
                isinstance(item, str) for item in value
            ):
                return tuple(value)
        elif _is_instance(value, allowed):
            return value
    raise ImproperlyConfigured(f"{name} is {value!r}; it must be {_describe(hint)}.")


def _is_instance(value: Any, allowed: type) -> bool:
    if isinstance(value, bool):  # Python counts a bool as an int
        return allowed is bool
    return isinstance(value, (int, float) if allowed is float else allowed)


def _describe(hint: Any) -> str:
    if isinstance(hint, UnionType):
        return " or ".join(_describe(part) for part in get_args(hint))
    if get_origin(hint) is Literal:
        return " or ".join(repr(choice) for choice in get_args(hint))
    if get_origin(hint) is tuple:
        return "a list of strings"
    names = {
        bool: "True or False",
        int: "a whole number",
        float: "a number",
        str: "a string",
        timedelta: "a timedelta",
        type(None): "None",
    }
    return names[hint]
