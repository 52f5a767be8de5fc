"""The workers that were seen."""

from __future__ import annotations

import time

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .identifier import IdentifierField
from .querysets import ExtendedManager
from .states import HEARTBEAT_EXPIRE


class WorkerState(models.Model):
    """A worker, and when it last gave a sign of life."""

    id = models.BigAutoField(primary_key=True)
    hostname = IdentifierField(_("hostname"), unique=True)
    last_heartbeat = models.DateTimeField(_("last heartbeat"), null=True, db_index=True)

    objects = ExtendedManager()

    class Meta:
        app_label = "djcelery"
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        get_latest_by = "last_heartbeat"
        ordering = ("-last_heartbeat",)

    def __str__(self) -> str:
        return f"{self.hostname}"

    def is_alive(self) -> bool:
        """Whether the last heartbeat is younger than ``HEARTBEAT_EXPIRE`` seconds."""
        timestamp = self.heartbeat_timestamp
        return timestamp is not None and time.time() < timestamp + HEARTBEAT_EXPIRE

    @property
    def heartbeat_timestamp(self) -> float | None:
        """The last heartbeat in seconds since 1970; None if there was none."""
        heartbeat = self.last_heartbeat
        if heartbeat is not None and timezone.is_naive(heartbeat):
            heartbeat = timezone.make_aware(heartbeat, timezone.get_default_timezone())
        return None if heartbeat is None else heartbeat.timestamp()
