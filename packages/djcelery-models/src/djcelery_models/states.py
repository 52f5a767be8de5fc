"""The documented names of states and periods, fixed here so that no migration follows Celery's."""

from __future__ import annotations

from celery import states
from django.utils.translation import gettext_lazy as _

TASK_STATUS_PENDING = states.PENDING
TASK_STATUS_RETRY = states.RETRY
TASK_STATUS_FAILURE = states.FAILURE
TASK_STATUS_DONE = states.SUCCESS

TASK_STATUSES = [
    states.PENDING,
    states.RECEIVED,
    states.STARTED,
    states.RETRY,
    states.SUCCESS,
    states.FAILURE,
    states.REVOKED,
    states.REJECTED,
    states.IGNORED,
]
TASK_STATUSES_CHOICES = tuple((state, state) for state in TASK_STATUSES)
TASK_STATE_CHOICES = TASK_STATUSES_CHOICES

PERIOD_CHOICES = (
    ("days", _("Days")),
    ("hours", _("Hours")),
    ("minutes", _("Minutes")),
    ("seconds", _("Seconds")),
    ("microseconds", _("Microseconds")),
)

HEARTBEAT_EXPIRE = 150
"""Seconds after its last heartbeat at which a worker counts as gone."""
