"""The settings that belong to all components."""

from __future__ import annotations

from dataclasses import dataclass

from .settings import read_settings, until_changed

PREFIX = "DJCELERY_"


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedSettings:
    """What every component that stores or shows something keeps to.

    ``mask_arguments``: words; an argument whose name contains one of them, in whatever case, is
    neither stored nor shown. None at all turns masking off.
    """

    mask_arguments: tuple[str, ...] = (
        "password",
        "passwd",
        "secret",
        "token",
        "api_key",
        "authorization",
    )


@until_changed
def get_shared_settings() -> SharedSettings:
    return read_settings(SharedSettings, prefix=PREFIX)
