"""The documented face of "the schedule was edited"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models, router
from django.utils.translation import gettext_lazy as _

from .periodictask import PeriodicTask
from .querysets import ExtendedManager
from .schedulerow import ScheduleRow, entries_using

if TYPE_CHECKING:
    from datetime import datetime

    from .entryquerysets import PeriodicTaskQuerySet

IDENT = 1


class PeriodicTasks(models.Model):
    """When the schedule was edited; its one row is what old releases wrote.

    Beat finds edits by ``PeriodicTask.check_at``, so no two who edit wait for each other.
    """

    ident = models.SmallIntegerField(default=IDENT, primary_key=True, unique=True)
    last_update = models.DateTimeField()

    objects = ExtendedManager()

    class Meta:
        app_label = "djcelery"
        verbose_name = _("last change of the schedule")
        verbose_name_plural = _("last changes of the schedule")

    def __str__(self) -> str:
        return str(self.last_update)

    @classmethod
    def changed(cls, instance: models.Model, using: str | None = None, **_kwargs: Any) -> None:
        """Let beat look at once at an entry, or at those that use a schedule.

        A receiver for who saves without ``save()``; does nothing if ``instance.no_changes`` is set.
        """
        if getattr(instance, "no_changes", False):
            return
        using = using or router.db_for_write(PeriodicTask)
        if isinstance(instance, ScheduleRow):
            entries_using(instance, using).check()
        else:
            _entries(using).filter(pk=instance.pk).check()

    @classmethod
    def update_changed(cls, *, using: str | None = None) -> None:
        """Let beat look at every entry; for who has edited in SQL and does not know which."""
        _entries(using or router.db_for_write(PeriodicTask)).check()

    @classmethod
    def last_change(cls) -> datetime | None:
        """When an entry was last edited, or a schedule that one uses; None: never.

        That one was deleted does not show.
        """
        newest = PeriodicTask.objects.order_by("-date_changed").values_list(
            "date_changed", flat=True
        )
        return newest.first()


def _entries(using: str) -> PeriodicTaskQuerySet:
    return PeriodicTask.objects.get_queryset().using(using)
