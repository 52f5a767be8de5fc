"""Note on an entry what was done for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from djcelery_models.planning import checked_at

from .decision import why_never

if TYPE_CHECKING:
    from datetime import datetime

    from djcelery_models.models import PeriodicTask

    from .dispatch import Result

HAS_RUN = "It was to run once, and has."


def settle(entry: PeriodicTask, result: Result, now: datetime) -> None:
    """Set what beat keeps of ``entry`` after ``result``, and its next run.

    entry: that of ``result``, or the same row read anew: what was edited meanwhile holds.
    """
    _count(entry, result)
    entry.remark = result.entry.remark
    is_edited = entry.date_changed != result.entry.date_changed
    if entry.planned_by == result.entry.planned_by or not is_edited:
        entry.uid, entry.planned_by = result.entry.uid, result.entry.planned_by
        entry.next_run_at = result.put_off or result.decision.next_run_at
    reason = _disabled(entry, result) if entry.enabled else ""
    if reason:
        entry.enabled, entry.disabled_reason = False, reason
    if not entry.enabled:
        entry.next_run_at = entry.check_at = entry.planned_by = None
    else:
        entry.check_at = now if is_edited else checked_at(entry) or now


def _count(entry: PeriodicTask, result: Result) -> None:
    if result.sent:
        entry.last_run_at = timezone.now()
        entry.last_due_at = result.sent[-1].due
        entry.total_run_count += len(result.sent)
    if result.failed:
        entry.failures += len(result.failed)
    elif result.sent:
        entry.failures = 0


def _disabled(entry: PeriodicTask, result: Result) -> str:
    """Why the entry is switched off now, if it is."""
    if result.decision.disabled:
        return result.decision.disabled
    if entry.one_off and result.sent:
        return HAS_RUN
    if entry.max_failures and result.failed and entry.failures >= entry.max_failures:
        return f"{entry.failures} failures to send, one after the other: {result.failed[-1][1]}"
    if entry.next_run_at is None and result.failed:
        return f"its last run could not be sent: {result.failed[-1][1]}"
    return "" if entry.next_run_at is not None else why_never(entry)
