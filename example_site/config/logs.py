"""What the console shows."""

from __future__ import annotations

import logging


class NoPolling(logging.Filter):
    """Leave out what a page fetches by itself: progress, again and again, and its parts."""

    QUIET = ("/progress/", "/celery/", "/static/", "/media/")

    def filter(self, record: logging.LogRecord) -> bool:
        return not any(f"GET {path}" in record.getMessage() for path in self.QUIET)
