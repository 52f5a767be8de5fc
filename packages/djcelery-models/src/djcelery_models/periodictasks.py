"""The one row that says when the schedule was last edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models, router
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .querysets import ExtendedManager

if TYPE_CHECKING:
    from datetime import datetime

IDENT = 1


class PeriodicTasks(models.Model):
    """When an entry or a schedule was last saved or deleted."""

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
        """A receiver: note the change unless ``instance.no_changes`` is set."""
        if not getattr(instance, "no_changes", False):
            cls.update_changed(using=using)

    @classmethod
    def update_changed(cls, *, using: str | None = None) -> None:
        """Note that the schedule changed now; for those who edit rows with ``QuerySet.update``."""
        rows = cls.objects.using(using or router.db_for_write(cls))
        now = timezone.now()
        if not rows.filter(ident=IDENT).update(last_update=now):
            rows.update_or_create(ident=IDENT, defaults={"last_update": now})

    @classmethod
    def last_change(cls) -> datetime | None:
        """When the schedule last changed; None while nothing was ever saved."""
        return cls.objects.filter(ident=IDENT).values_list("last_update", flat=True).first()

    @classmethod
    def lock(cls, *, using: str) -> None:
        """Let no other process edit the schedule before this transaction ends.

        Call inside a transaction. An UPDATE, for SQLite knows no other lock.
        """
        rows = cls.objects.using(using)
        if not rows.filter(ident=IDENT).update(ident=IDENT):
            rows.get_or_create(ident=IDENT, defaults={"last_update": timezone.now()})
