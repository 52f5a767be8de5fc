"""System check: results, groups and chords are in one database, for one transaction writes them."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.db import router
from djcelery_models.models import ChordMeta, ChordPart, TaskMeta, TaskSetMeta


@checks.register("djcelery")
def check_routing(**_kwargs: Any) -> list[checks.CheckMessage]:
    """E002 a router sends the models of results to several databases."""
    models = (TaskMeta, TaskSetMeta, ChordMeta, ChordPart)
    written = {model.__name__: router.db_for_write(model) for model in models}
    if len(set(written.values())) == 1:
        return []
    told = ", ".join(f"{name} to {alias!r}" for name, alias in written.items())
    return [
        checks.Error(
            f"Results, groups and chords are written to several databases: {told}.",
            hint="Let db_for_write() of your DATABASE_ROUTERS give one alias for all of them.",
            id="djcelery_backends.E002",
        )
    ]
