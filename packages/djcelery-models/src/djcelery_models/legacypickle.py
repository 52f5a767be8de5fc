"""Read the values that django-celery up to 3.3 wrote: base64 of a pickle, perhaps compressed.

A pickle is code: whoever calls ``load`` must have made sure that the project accepts pickle.
"""

from __future__ import annotations

import binascii
import pickle
import zlib
from base64 import b64decode
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from picklefield.fields import _ObjectWrapper  # type: ignore[import-untyped]

from . import legacynames

if TYPE_CHECKING:
    from collections.abc import Callable

PROTOCOL: Final = b"\x80"
STOP: Final = b"."
BACKENDS: Final = ("celery.backends.", "djcelery.backends.")

REPLACED: Final[dict[tuple[str, str], Callable[..., Any]]] = {
    ("celery.app", "App"): object,
    ("celery.app", "AppPickler"): object,
    ("celery.app", "_unpickle_app"): legacynames.default_app,
    ("celery.backends.base", "unpickle_backend"): legacynames.default_backend,
    ("celery.result", "TaskSetResult"): legacynames.group_result,
    ("celery.result", "_unpickle_result"): legacynames.async_result,
    ("celery.utils.timeutils", "LocalTimezone"): legacynames.LocalTimezone,
    ("django.db.models.base", "model_unpickle"): legacynames.model_instance,
    ("django.db.models.base", "simple_class_factory"): object,
    ("django.utils.safestring", "SafeBytes"): legacynames.SafeText,
    ("django.utils.safestring", "SafeString"): legacynames.SafeText,
    ("django.utils.safestring", "SafeText"): legacynames.SafeText,
    ("django.utils.safestring", "SafeUnicode"): legacynames.SafeText,
    ("django.utils.timezone", "FixedOffset"): legacynames.FixedOffset,
    ("django.utils.timezone", "LocalTimezone"): legacynames.LocalTimezone,
    ("django.utils.timezone", "UTC"): legacynames.utc,
    ("djcelery.picklefield", "_ObjectWrapper"): _ObjectWrapper,
    ("exceptions", "UnicodeDecodeError"): legacynames.unicode_decode_error,
    ("picklefield.fields", "_ObjectWrapper"): _ObjectWrapper,
    ("pytz", "FixedOffset"): legacynames.pytz_fixed_offset,
    ("pytz", "_UTC"): legacynames.utc,
    ("pytz", "_p"): legacynames.pytz_zone,
}
"""What stands for the names that Celery and Django have no longer, or whose state has changed."""


def pickled(text: str) -> bytes | None:
    """The pickle that ``text`` holds, None if it holds none: such text is its own value."""
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    if not data.startswith(PROTOCOL):
        try:
            data = zlib.decompress(data)
        except zlib.error:
            return None
    return data if data.startswith(PROTOCOL) and data.endswith(STOP) else None


def load(data: bytes) -> Any:
    """The value of a pickle that Python 2 or 3 wrote.

    A byte string of Python 2 comes as text that ``.encode("latin1")`` turns into its bytes again.
    Whatever a pickle raises is raised, ImportError and AttributeError where a class is gone.
    """
    value = _Unpickler(BytesIO(data), encoding="latin1").load()
    return value._obj if isinstance(value, _ObjectWrapper) else value  # noqa: SLF001  # its only field


def spellings(value: object) -> list[str]:
    """The texts under which old releases may have stored a number or a text, to look it up."""
    if isinstance(value, str):
        return [_base64(data) for data in _text_spellings(value)]
    if value is None or not isinstance(value, int | float):
        return []
    return [_base64(pickle.dumps(value, protocol=2))]


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        replacement = REPLACED.get((module, name))
        if replacement is not None:
            return replacement
        if module.startswith(BACKENDS):  # the argument of unpickle_backend, which ignores it
            return object
        return super().find_class(module, name)


def _text_spellings(value: str) -> list[bytes]:
    """Python 3 numbers the text 0, Python 2 numbers it 1; it may have been a byte string."""
    utf8 = value.encode("utf-8", "surrogatepass")
    unicode = b"\x80\x02X" + len(utf8).to_bytes(4, "little") + utf8
    found = [unicode + b"q\x00.", unicode + b"q\x01."]
    if value.isascii() and len(utf8) < 256:  # noqa: PLR2004  # the opcode's length is one byte
        found.append(b"\x80\x02U" + bytes([len(utf8)]) + utf8 + b"q\x01.")
    return found


def _base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode("ascii")
