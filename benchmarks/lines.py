"""Figures as raw JSON lines that say on what they were measured."""

from __future__ import annotations

import json
import os
import platform
import statistics
import tempfile
import time
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

DISTRIBUTIONS = (
    "celery",
    "kombu",
    "django",
    "psycopg",
    "sqlalchemy",
    "django-celery-results",
    "djcelery-loader",
    "djcelery-backends",
    "djcelery-beat",
    "django-celery-beat",
    "celery-redbeat",
)


def print_line(**figures: object) -> None:
    print(json.dumps(figures), flush=True)  # noqa: T201  # the output of the program


def fdatasync_us() -> int:
    """What the disk takes now to keep 4 KiB, the median of 50 times; it bends ratios of commits."""
    times = []
    with tempfile.TemporaryFile() as file:
        for _ in range(50):
            os.pwrite(file.fileno(), bytes(4_096), 0)
            started_at = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - started_at)
    return round(1e6 * statistics.median(times))


def versions() -> dict[str, str]:
    """Of Python and of what is installed."""
    known = {"python": platform.python_version()}
    for name in DISTRIBUTIONS:
        with suppress(PackageNotFoundError):  # peers are only where they are measured
            known[name] = version(name)
    return known
