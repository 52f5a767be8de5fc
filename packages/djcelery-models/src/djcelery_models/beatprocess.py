"""The beats that are, and were, at work."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .identifier import IdentifierField
from .querysets import ExtendedManager
from .utcdatetime import UTCDateTimeField


class BeatProcess(models.Model):
    """One beat, and when it last looked. Each writes its own row."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=64, unique=True, editable=False)
    hostname = IdentifierField(_("hostname"))
    pid = models.PositiveIntegerField(_("process id"))
    version = models.CharField(_("version"), max_length=32)
    started_at = UTCDateTimeField(_("started"))
    last_tick_at = UTCDateTimeField(_("last looked"), db_index=True)
    ended_at = UTCDateTimeField(
        _("ended"), null=True, help_text=_("In good order: one that was killed has not said so")
    )
    sent = models.BigIntegerField(_("runs sent"), default=0)
    clock_drift_seconds = models.FloatField(_("clock ahead of the database, seconds"), default=0)
    code_entries = models.TextField(
        _("entries of the settings"), default="[]", help_text=_("JSON list of their names")
    )

    objects = ExtendedManager()

    class Meta:
        app_label = "djcelery"
        verbose_name = _("beat")
        verbose_name_plural = _("beats")

    def __str__(self) -> str:
        return f"{self.hostname}, {self.pid}"
