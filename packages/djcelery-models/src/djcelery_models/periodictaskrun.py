"""What became of each run of the schedule."""

from __future__ import annotations

from django.db import models
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from .identifier import IdentifierField
from .periodictask import PeriodicTask
from .querysets import ExtendedManager
from .utcdatetime import UTCDateTimeField


class Outcome(TextChoices):
    """What became of a run; all but SENT did not happen."""

    SENT = "sent", _("sent")
    PAUSED = "paused", _("skipped: the entry was paused")
    MISFIRE = "misfire", _("skipped: beat looked too late")
    OVERLAP = "overlap", _("skipped: the run before was not finished")
    EXPIRED = "expired", _("skipped: the entry had expired")
    BROKEN = "broken", _("skipped: the entry cannot be run")
    NOT_SENT = "not_sent", _("could not be sent")


class PeriodicTaskRun(models.Model):
    """One run, or a span of ``count`` that did not happen, from ``due_at`` to ``last_due_at``.

    Written by beat in the transaction that claims the entry, whose row it does not lock: so the
    database checks no foreign key. Rows go with their entry, and by age and number.
    """

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(
        PeriodicTask, models.CASCADE, db_constraint=False, related_name="runs", db_index=False
    )
    due_at = UTCDateTimeField(_("due"), db_index=True)
    last_due_at = UTCDateTimeField(_("last due"))
    count = models.PositiveIntegerField(_("number of runs"), default=1)
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome.choices)
    reason = models.TextField(_("reason"), blank=True, default="")
    sent_at = UTCDateTimeField(_("sent"), null=True)
    task_id = IdentifierField(_("task id"), null=True)

    objects = ExtendedManager()

    class Meta:
        app_label = "djcelery"
        verbose_name = _("run of a periodic task")
        verbose_name_plural = _("runs of periodic tasks")
        constraints = (
            models.UniqueConstraint(
                fields=("entry", "due_at"), name="djcelery_periodictaskrun_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.due_at}: {self.outcome}"
