"""System check: each setting that looks like Celery's is one that Celery reads, under one name."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import checks

from .names import PREFIXES, advice, doubles, is_read, recognisable_names
from .spelling import one_letter_off, similar

SECRETIVE = re.compile("URL|URI|HOST|USER|PASS|KEY|SECRET|TOKEN|AUTH|CRED|CERT|BACKEND|SERVERS")
HARMLESS = re.compile(r"[\w.:-]{1,60}")


@checks.register("djcelery")
def check_setting_names(**_kwargs: Any) -> list[checks.CheckMessage]:
    """W001 two names for one thing, W002 a dead name, W003 a misspelt one, W004 an unknown one.

    Looks at names alone, and at the values of those settings only that are given twice.
    """
    names = set(dir(settings))
    remarks = [_ambiguous(modern, old) for modern, old in doubles(names)]
    remarks += [remark(name) for name in sorted(names)]
    return [found for found in remarks if found is not None]


def remark(name: str) -> checks.CheckMessage | None:
    """What is to be said about a setting of this name; None if nothing is wrong with it."""
    if is_read(name):
        return None
    instead = advice(name)
    if instead is not None:
        return checks.Warning(
            f"{name} is set, but has no effect.",
            hint=instead,
            id="djcelery_loader.W002",
        )
    begins_as_celerys = name.startswith(PREFIXES)
    meant = one_letter_off(name, recognisable_names())
    if not meant and begins_as_celerys:
        meant = similar(name, recognisable_names())
    if meant:
        return _misspelt(name, meant)
    return _unknown(name) if begins_as_celerys else None


def _ambiguous(modern: str, old: str) -> checks.CheckMessage | None:
    used, unused = getattr(settings, modern), getattr(settings, old)
    if used == unused:
        return None
    return checks.Warning(
        f"{modern} and {old} are two names of one setting, and their values differ: "
        f"{_shown(modern, used)} is used, {_shown(old, unused)} is not.",
        hint=f"Remove {old}.",
        id="djcelery_loader.W001",
    )


def _misspelt(name: str, meant: list[str]) -> checks.CheckMessage:
    dead = [f"{near} has no effect: {instead}" for near in meant if (instead := advice(near))]
    return checks.Warning(
        f"{name} is set, but Celery has no setting of that name.",
        hint=" ".join([f"Did you mean {' or '.join(meant)}?", *dead]),
        id="djcelery_loader.W003",
    )


def _unknown(name: str) -> checks.CheckMessage:
    return checks.Warning(
        f"{name} is set, but Celery has no setting of that name, nor one like it.",
        hint=(
            "Remove it, or give it a name that begins otherwise. If an extension of Celery reads "
            "it, add djcelery_loader.W004 to SILENCED_SYSTEM_CHECKS."
        ),
        id="djcelery_loader.W004",
    )


def _shown(name: str, value: object) -> str:
    """Name and value; the name alone where the value may hold a secret or is long."""
    plain = isinstance(value, bool | int | float | timedelta | None) or (
        isinstance(value, str) and HARMLESS.fullmatch(value) is not None
    )
    return f"{name} = {value!r}" if plain and not SECRETIVE.search(name) else name
