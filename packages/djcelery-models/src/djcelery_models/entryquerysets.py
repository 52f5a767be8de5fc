"""Querysets of entries, which let beat look at what they change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from .planning import plan_new
from .querysets import ExtendedManager, ExtendedQuerySet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .periodictask import PeriodicTask

OF_BEAT: Final = frozenset(
    {
        "check_at",
        "claimed_by",
        "claimed_until",
        "failures",
        "last_due_at",
        "last_run_at",
        "next_run_at",
        "planned_by",
        "remark",
        "total_run_count",
    }
)
"""The columns that beat writes; a change of any other one lets it look at the entry."""
NOTHING_PLANNED: Final = {"next_run_at": None, "planned_by": None}


class PeriodicTaskQuerySet(ExtendedQuerySet["PeriodicTask"]):
    """Entries."""

    def enabled(self) -> PeriodicTaskQuerySet:
        return self.filter(enabled=True)

    def check(self) -> int:
        """Let beat look at these entries, at once; how many there are that are enabled.

        For who has edited them, or their schedules, in SQL.
        """
        now = {"check_at": datetime.now(UTC), "date_changed": timezone.now()}
        return super(PeriodicTaskQuerySet, self.enabled()).update(**now)

    def pause(self) -> int:
        """Send no more runs of these entries, which stay enabled; how many have been paused."""
        return self.filter(paused_at=None).update(paused_at=datetime.now(UTC))

    def resume(self) -> int:
        """Go on with those of these entries that are paused, from now on; how many there were."""
        return self.exclude(paused_at=None).update(paused_at=None, **NOTHING_PLANNED)

    def update(self, **columns: Any) -> int:
        """Update; beat looks at the entries at once, and plans one that was disabled from then."""
        if columns.keys() <= OF_BEAT:
            return super().update(**columns)
        implied: dict[str, Any] = {"check_at": datetime.now(UTC), "date_changed": timezone.now()}
        if columns.get("enabled") is False:
            implied |= NOTHING_PLANNED
        elif columns.get("enabled") is True:
            implied["disabled_reason"] = ""
        changed = super().update(**implied | columns)
        if not isinstance(columns.get("enabled", True), bool):  # an expression
            disabled = self.model._base_manager.using(self.db).filter(enabled=False)  # noqa: SLF001  # documented
            disabled.exclude(planned_by=None).update(**NOTHING_PLANNED)
        return changed

    def bulk_create(
        self, objs: Iterable[PeriodicTask], *args: Any, **kwargs: Any
    ) -> list[PeriodicTask]:
        """Insert entries, planned; beat looks at once at those that it may have updated."""
        entries, now = list(objs), datetime.now(UTC)
        for entry in entries:
            plan_new(entry, now)
        if kwargs.get("update_conflicts"):  # of a row that is there already beat plans the change
            for entry in entries:
                entry.check_at, entry.date_changed = now, timezone.now()
            given = kwargs.get("update_fields") or ()
            kwargs["update_fields"] = [*{*given, "check_at", "date_changed"}]
        return super().bulk_create(entries, *args, **kwargs)


class PeriodicTaskManager(ExtendedManager["PeriodicTask"]):
    """All entries, and those that are switched on."""

    def get_queryset(self) -> PeriodicTaskQuerySet:
        return PeriodicTaskQuerySet(
            self.model,
            using=self._db,
            hints=self._hints,  # type: ignore[attr-defined]  # absent from django-stubs 6
        )

    def enabled(self) -> PeriodicTaskQuerySet:
        return self.get_queryset().enabled()
