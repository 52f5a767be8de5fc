"""What an entry may not say, each with the field and the cure; for forms and ``full_clean``."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from celery import current_app
from celery.backends.base import DisabledBackend
from django.apps import apps
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .overlap import Overlap
from .planning import aware

if TYPE_CHECKING:
    from .periodictask import PeriodicTask

JSON_COLUMNS: Final[dict[str, tuple[type, Any]]] = {
    "args": (list, _('Give a JSON list such as ["a", 1], in double quotes.')),
    "kwargs": (dict, _('Give a JSON object such as {"key": "value"}, in double quotes.')),
    "headers": (dict, _('Give a JSON object such as {"key": "value"}, in double quotes.')),
}
KINDS: Final = ("interval", "crontab", "solar", "clocked")


def validate_entry(entry: PeriodicTask) -> None:
    """Raise ValidationError with all that is wrong, by field."""
    errors: dict[str, Any] = {}
    for check in (_check_schedules, _check_json, _check_moments, _check_overlap):
        errors |= check(entry)
    if errors:
        raise ValidationError(errors)


def _check_schedules(entry: PeriodicTask) -> dict[str, Any]:
    given = [kind for kind in KINDS if getattr(entry, f"{kind}_id") is not None]
    if len(given) > 1:
        text = _("Give one schedule: an entry runs by one of interval, crontab, solar or clocked.")
        return dict.fromkeys(given[1:], text)
    if not given and entry.enabled:
        return {"interval": _("Give a schedule: interval, crontab, solar or clocked; or disable.")}
    return {}


def _check_json(entry: PeriodicTask) -> dict[str, Any]:
    errors = {}
    for name, (kind, cure) in JSON_COLUMNS.items():
        text = getattr(entry, name).strip()
        try:
            is_right = not text or isinstance(json.loads(text), kind)
        except (ValueError, RecursionError):
            is_right = False
        if not is_right:
            errors[name] = cure
    return errors


def _check_moments(entry: PeriodicTask) -> dict[str, Any]:
    expires = aware(entry.expires)
    if expires is None:
        return {}
    if entry.start_time is not None and entry.start_time >= expires:
        return {"start_time": _("Give a start before the entry expires.")}
    if expires <= datetime.now(UTC) and expires != _stored_expires(entry):
        return {"expires": _("Give a moment in the future, or none.")}
    return {}


def _stored_expires(entry: PeriodicTask) -> datetime | None:
    """What the row has: an entry that has expired since can be edited."""
    rows = type(entry)._base_manager.filter(pk=entry.pk)  # noqa: SLF001  # documented
    return aware(rows.values_list("expires", flat=True).first())


def _check_overlap(entry: PeriodicTask) -> dict[str, Any]:
    if entry.overlap != Overlap.SKIP or apps.is_installed("djcelery_snapshot"):
        return {}
    if isinstance(current_app.backend, DisabledBackend):
        text = _(
            "Without a result backend (CELERY_RESULT_BACKEND) or djcelery-snapshot nobody knows "
            "whether the last run is finished: allow it."
        )
        return {"overlap": text}
    return {}
