"""What a result looks like in its row: Celery's serializers to write it, and back."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from celery import current_app, states
from celery.backends.base import Backend
from celery.result import AsyncResult, GroupResult, result_from_tuple
from celery.utils.serialization import UnpickleableExceptionWrapper, get_pickled_exception
from django.core.exceptions import ImproperlyConfigured
from djcelery_utils.excerpt import storable
from kombu.exceptions import ContentDisallowed, SerializerNotInstalled
from kombu.serialization import (  # type: ignore[attr-defined]  # registry: not in celery-types
    loads,
    prepare_accept_content,
    registry,
)
from kombu.utils import json

from . import legacypickle
from .errors import ResultNotDecodable, ResultNotEncodable

if TYPE_CHECKING:
    from collections.abc import Collection

    from celery import Celery

JSON: Final = "application/json"
PICKLE: Final = "application/x-python-serialize"
BINARY: Final = ("binary", "ascii-8bit")
PAIR: Final = 2


class Stored(NamedTuple):
    """A result as its row holds it: None is SQL's NULL, bytes are base64.

    Without a ``content_type`` it is what django-celery up to 3.3 wrote. ``status`` tells the
    exception of a task from its value, ``owner`` whose result it is, for messages.
    """

    text: str | None
    content_type: str | None = None
    content_encoding: str | None = None
    status: str | None = None
    owner: str = "a row"


class Rules(Protocol):
    """What of a Celery backend decides how results are written and read."""

    app: Celery
    serializer: str
    accept: Collection[str] | None

    def prepare_exception(self, exc: Any) -> Any: ...

    def prepare_value(self, result: Any) -> Any: ...

    def exception_to_python(self, exc: Any) -> Any: ...


class Codec(Backend):
    """Celery's rules for results, with the settings of an app; of a backend nothing else."""

    compression = None

    def __init__(self, app: Celery) -> None:  # the base would read all that a store needs, too
        check_serializer(app)
        self.app = app
        self.serializer: str = app.conf.result_serializer
        self.accept: Collection[str] | None = prepare_accept_content(_accepted(app))


def codec() -> Rules:
    """The rules of the current app, as its settings are now."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  # Celery's own way
    return Codec(app)


def check_serializer(app: Celery) -> None:
    """Raise ImproperlyConfigured if the result serializer is not one that Celery knows."""
    serializer = app.conf.result_serializer
    if serializer not in registry.name_to_type:
        known = ", ".join(sorted(registry.name_to_type))
        raise ImproperlyConfigured(
            f"CELERY_RESULT_SERIALIZER is {serializer!r}; it must be one of {known}."
        )


def check_encoder(app: Celery) -> None:
    """Raise ImproperlyConfigured if the result serializer has no encoder here."""
    check_serializer(app)
    serializer = app.conf.result_serializer
    if _encoder(serializer) is None:
        raise ImproperlyConfigured(
            f"CELERY_RESULT_SERIALIZER is {serializer!r}, which has no encoder here; run "
            f"`pip install 'celery[{serializer}]'` if that is an extra of Celery's, or take 'json'."
        )


def encode(value: object, *, backend: Rules, owner: str) -> Stored:
    """``value``, an exception or the result of a task as ``backend`` has it written."""
    if isinstance(value, BaseException):
        return write(backend.prepare_exception(value), backend=backend, owner=owner)
    return write(backend.prepare_value(value), backend=backend, owner=owner)


def encode_group(value: object, *, backend: Rules, owner: str) -> Stored:
    """``value``, a group, as the ids of its tasks, whatever the serializer."""
    prepared = value.as_tuple() if isinstance(value, AsyncResult | GroupResult) else value
    return write(prepared, backend=backend, owner=owner, null=False)


def write(prepared: object, *, backend: Rules, owner: str, null: bool = True) -> Stored:
    """What Celery has made of a value, as text.

    null: write None as SQL's NULL. Raises ResultNotEncodable.
    """
    stored = pack(prepared, serializer=backend.serializer, owner=owner)
    return stored._replace(text=None) if prepared is None and null else stored


def pack(value: object, *, serializer: str, owner: str) -> Stored:
    """``value`` as ``serializer`` writes it. Raises ResultNotEncodable and SerializerNotInstalled.

    As kombu's ``dumps`` does, in half the time.
    """
    known = _encoder(serializer)
    if known is None:
        raise SerializerNotInstalled(f"No encoder installed for {serializer}")
    try:
        payload = known.encoder(value)
    except Exception as error:  # whatever a serializer of the project raises
        raise ResultNotEncodable(owner, serializer, str(error)) from error
    text = _to_text(payload, known.content_encoding, serializer, owner)
    return Stored(text, known.content_type, known.content_encoding, owner=owner)


def _encoder(serializer: str) -> Any:
    """An encoder with its content type and encoding, as kombu has them; None if it has none."""
    return registry._encoders.get(serializer)  # noqa: SLF001  # as Celery's own backends do


def unpack(stored: Stored, *, accept: Collection[str] | None) -> Any:
    """What ``pack`` has written. Raises what kombu raises, ContentDisallowed among it."""
    text = stored.text or ""
    payload = b64decode(text) if stored.content_encoding in BINARY else text
    encoding = stored.content_encoding or "utf-8"
    return loads(payload, stored.content_type or JSON, encoding, accept=accept)


def decode(stored: Stored, *, backend: Rules) -> Any:
    """The value, or the exception that the task raised. Raises ResultNotDecodable."""
    if stored.text is None:
        return None
    stored = _as_written(stored)
    try:
        value = _load(stored, backend)
        return _raised(value, backend) if stored.status in states.EXCEPTION_STATES else value
    except ContentDisallowed as error:
        raise _not_decodable(stored, _not_accepted(stored, backend)) from error
    except (ImportError, AttributeError) as error:
        reason = f"names what cannot be imported here: {error}"
        raise _not_decodable(stored, reason) from error
    except Exception as error:  # what a pickle raises is up to its classes
        raise _not_decodable(stored, f"cannot be read: {error!r}") from error


def decode_group(stored: Stored, *, backend: Rules) -> Any:
    """The group, with the results of its tasks; what is no group comes as it is.

    Raises ResultNotDecodable.
    """
    value = decode(stored, backend=backend)
    try:
        return result_from_tuple(value, backend.app)
    except (TypeError, ValueError):
        return value


def encode_meta(value: object) -> str | None:
    """What belongs to a task besides its result: always JSON, for it holds ids only."""
    return None if value is None else str(json.dumps(value))


def decode_meta(stored: Stored, *, backend: Rules) -> Any:
    """What ``encode_meta`` or an old release wrote. Raises ResultNotDecodable."""
    if stored.text is None or not stored.text.startswith(("{", "[")):
        return decode(stored, backend=backend)
    try:
        return json.loads(stored.text)
    except ValueError as error:
        reason = f"has a meta that cannot be read: {error}"
        raise ResultNotDecodable(stored.owner, JSON, reason) from error


def children(meta: object, owner: str) -> list[Any] | None:
    """The tasks that a task sent, as ``AsyncResult.as_tuple`` gives them.

    Raises ResultNotDecodable if ``meta`` holds no such thing.
    """
    if meta is None:
        return None
    if isinstance(meta, dict):
        sent = meta.get("children")
        if sent is None or (isinstance(sent, list) and all(map(_is_result, sent))):
            return sent
    raise ResultNotDecodable(owner, JSON, "has a meta without children")


def _is_result(sent: object) -> bool:
    """Whether this is an id with its parent, and the results of a group or None."""
    return isinstance(sent, list | tuple) and len(sent) == PAIR


def _as_written(stored: Stored) -> Stored:
    """Without a content type where a release that knows none has stored over a row that has one."""
    is_old = stored.content_type == JSON and legacypickle.pickled(stored.text or "") is not None
    return stored._replace(content_type=None) if is_old else stored


def _load(stored: Stored, backend: Rules) -> Any:
    text = stored.text or ""
    if stored.content_type is None:
        pickled = legacypickle.pickled(text)
        if pickled is None:
            return text
        if PICKLE not in (backend.accept or ()):
            raise ContentDisallowed(PICKLE)
        return legacypickle.load(pickled)
    return unpack(stored, accept=backend.accept)


def _raised(value: Any, backend: Rules) -> Any:
    """The exception in what was stored for it; old releases let anything be stored as a failure."""
    if not (isinstance(value, dict) and "exc_type" in value):
        return value
    if value["exc_type"] == UnpickleableExceptionWrapper.__name__:
        module, name, arguments, text = value["exc_message"]
        if isinstance(arguments, str):  # as one text; the wrapper would take its letters apart
            value = value | {"exc_message": (module, name, [arguments], text)}
    return backend.exception_to_python(value)


def restored(value: Any) -> Any:
    """The exception itself, where it was wrapped because it could not be pickled."""
    return get_pickled_exception(value)


def _accepted(app: Celery) -> Collection[str] | None:
    conf = app.conf
    own: Collection[str] | None = conf.result_accept_content
    return conf.accept_content if own is None else own


def _to_text(payload: str | bytes, content_encoding: str, serializer: str, owner: str) -> str:
    """What a serializer gave, as every database takes it. Raises ResultNotEncodable."""
    if content_encoding in BINARY:
        data = payload.encode() if isinstance(payload, str) else payload
        return b64encode(data).decode("ascii")
    text = payload if isinstance(payload, str) else payload.decode(content_encoding)
    if (not text.isascii() or "\0" in text) and text != storable(text):
        reason = "its text has a NUL or half of a surrogate pair, which no database takes for sure"
        raise ResultNotEncodable(owner, serializer, reason)
    return text


def _not_accepted(stored: Stored, backend: Rules) -> str:
    content_type = stored.content_type or PICKLE
    accepted = _accepted(backend.app) or ()
    wanted = [*accepted, registry.type_to_name.get(content_type, content_type)]
    warning = " A pickle can run code when it is read." if content_type == PICKLE else ""
    return (
        f"is not accepted here: CELERY_RESULT_ACCEPT_CONTENT = {wanted!r} lets it be read.{warning}"
    )


def _not_decodable(stored: Stored, reason: str) -> ResultNotDecodable:
    return ResultNotDecodable(stored.owner, stored.content_type or PICKLE, reason)
