"""Figures as raw JSON lines that say on what they were measured."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version

DISTRIBUTIONS = ("celery", "kombu", "django", "psycopg", "djcelery-loader")


def print_line(**figures: object) -> None:
    print(json.dumps(figures), flush=True)  # noqa: T201  # the output of the program


def versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: version(name) for name in DISTRIBUTIONS}
