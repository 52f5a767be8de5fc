"""What old pickles name and today's Celery and Django lack: stand-ins that give today's values."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from celery import current_app
from django.apps import apps
from django.utils.safestring import SafeString
from django.utils.timezone import get_default_timezone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from celery import Celery
    from celery.result import AsyncResult, GroupResult
    from django.db.models import Model


class SafeText(SafeString):
    """Text marked as safe; has a ``__dict__``, which the pickles fill and today's class lacks."""


class FixedOffset(tzinfo):
    """Django's class of that name; pickles call it without arguments, then fill in its state."""

    def __init__(self, offset: int = 0, name: str | None = None) -> None:
        self.__offset = timedelta(minutes=offset)
        self.__name = name

    def utcoffset(self, _moment: datetime | None) -> timedelta:
        return self.__offset

    def dst(self, _moment: datetime | None) -> timedelta:
        return timedelta(0)

    def tzname(self, _moment: datetime | None) -> str | None:
        return self.__name


class LocalTimezone(tzinfo):
    """Django's class of that name: the zone of the project."""

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        return get_default_timezone().utcoffset(_naive(moment))

    def dst(self, moment: datetime | None) -> timedelta | None:
        return get_default_timezone().dst(_naive(moment))

    def tzname(self, moment: datetime | None) -> str | None:
        return get_default_timezone().tzname(_naive(moment))


class _ModelInstance:
    """Becomes the model instance once it has its state.

    ``Model.__setstate__`` would warn that another version of Django wrote it, which is the case
    for each of them.
    """

    def __init__(self, model: type[Model]) -> None:
        self.model = model

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        model = self.__dict__.pop("model")
        self.__dict__.update(state)
        self.__class__ = model


def utc() -> tzinfo:
    return timezone.utc  # noqa: UP017  # a pickle may have called it "UTC" already


def pytz_fixed_offset(minutes: int) -> tzinfo:
    return timezone(timedelta(minutes=minutes))


def pytz_zone(
    zone: str, utcoffset: int | None = None, _dst: int | None = None, name: str | None = None
) -> tzinfo:
    """The zone; where pytz noted the offset that was in force, that offset, so no hour is lost."""
    if utcoffset is None:
        return ZoneInfo(zone)
    return timezone(timedelta(seconds=utcoffset), name or zone)


def unicode_decode_error(encoding: str, text: str, *rest: Any) -> UnicodeDecodeError:
    return UnicodeDecodeError(encoding, text.encode("latin1"), *rest)


def default_app(*_args: Any) -> Celery:
    """The current app, whatever app the pickle describes."""
    return current_app._get_current_object()  # type: ignore[attr-defined,no-any-return]  # noqa: SLF001  # Celery's way to the app behind the proxy


def default_backend(*_args: Any) -> None:
    """None: a result without a backend takes its app's."""


def async_result(task_id: str, _task_name: str | None = None) -> AsyncResult[Any]:
    return default_app().AsyncResult(task_id)


def group_result(group_id: str, results: Sequence[Any]) -> GroupResult:
    return default_app().GroupResult(group_id, list(results))


def model_instance(model: type[Model] | tuple[str, str], *_rest: Any) -> _ModelInstance:
    """An empty instance; releases differ in how they name the model and in what follows."""
    return _ModelInstance(model if isinstance(model, type) else apps.get_model(".".join(model)))


def _naive(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(tzinfo=None)
