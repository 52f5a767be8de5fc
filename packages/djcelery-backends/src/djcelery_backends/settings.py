"""The settings of the result backends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from djcelery_utils.settings import read_settings, until_changed

from .retention import Rule, rules

PREFIX = "DJCELERY_BACKENDS_"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendsSettings:
    """How results are stored, and for how long.

    connection: whether a worker stores results over a connection of its own or over the one that
    its tasks use. retry_seconds: how long a worker tries to store a result while the database does
    not take it. retention: what is kept of which tasks; all others follow
    ``CELERY_RESULT_EXPIRES``.
    """

    connection: Literal["own", "shared"] = "own"
    retry_seconds: float = 60.0
    retention: tuple[Rule, ...] = field(default=(), metadata={"read": rules})


@until_changed
def get_settings() -> BackendsSettings:
    """The settings as they are now. Raises ImproperlyConfigured if one has a wrong value."""
    return read_settings(BackendsSettings, prefix=PREFIX)
