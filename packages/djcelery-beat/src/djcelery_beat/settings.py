"""The settings of beat."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from django.core.exceptions import ImproperlyConfigured
from djcelery_utils.settings import converted, read_settings, until_changed

PREFIX = "DJCELERY_BEAT_"


def _positive(setting: str, value: object) -> int | None:
    number: int | None = converted(setting, value, int | None)
    if number is not None and number < 1:
        raise ImproperlyConfigured(f"{setting} is {value!r}; give 1 or more, or None for no limit.")
    return number


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatSettings:
    """What is kept of what became of the runs.

    ledger: which runs get a row: ``all``, those that did not happen (``problems``), or none.
    ledger_expires: how long a row is kept, None: for ever; ledger_rows: the most of one entry, the
    newest, give or take a hundred, None: any number.
    """

    ledger: Literal["all", "problems", "off"] = "all"
    ledger_expires: timedelta | None = timedelta(days=7)
    ledger_rows: int | None = field(default=1_000, metadata={"read": _positive})


@until_changed
def get_settings() -> BeatSettings:
    """The settings as they are now. Raises ImproperlyConfigured if one has a wrong value."""
    return read_settings(BeatSettings, prefix=PREFIX)
