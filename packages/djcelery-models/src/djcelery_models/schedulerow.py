"""What the rows of all kinds of schedules have in common."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models, router, transaction

from .querysets import ExtendedManager, ExtendedQuerySet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .periodictask import PeriodicTask

S = TypeVar("S", bound="ScheduleRow")


class ScheduleQuerySet(ExtendedQuerySet[S]):
    """Schedules; an update lets beat look at the entries that use them."""

    def update(self, **columns: Any) -> int:
        with transaction.atomic(using=self.db):
            using_these = {f"{_field(self.model)}__in": self.values("pk")}
            entries_of(self.model, self.db).filter(**using_these).check()
            return super().update(**{"unique_key": None, **columns})


class ScheduleManager(ExtendedManager[S]):
    def get_queryset(self) -> ScheduleQuerySet[S]:
        return ScheduleQuerySet(
            self.model,
            using=self._db,
            hints=self._hints,  # type: ignore[attr-defined]  # absent from django-stubs 6
        )


class ScheduleRow(models.Model):
    """A schedule that entries share.

    ``unique_key`` keeps two that look for a schedule at once from making it twice. Old databases
    may hold one twice, and a row that was edited is no longer what it was made for: those have
    none.
    """

    id = models.AutoField(primary_key=True)
    unique_key = models.CharField(max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001  # NULL is not unique

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Save, and let beat look at the entries that use this schedule."""
        if self._state.adding:
            super().save(*args, update_fields=update_fields, **kwargs)
            return
        self.unique_key = None
        if update_fields is not None:
            update_fields = {*update_fields, "unique_key"}
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using):
            super().save(*args, update_fields=update_fields, **kwargs)
            entries_using(self, using).check()


def entries_using(schedule: ScheduleRow, using: str) -> Any:
    """The entries, in the database ``using``, that run by ``schedule``."""
    return entries_of(type(schedule), using).filter(**{_field(type(schedule)): schedule})


def entries_of(model: type[ScheduleRow], using: str) -> Any:
    """The entries, in the database ``using``."""
    entry: type[PeriodicTask] = _relation(model).related_model
    return entry.objects.using(using)


def get_or_create_row(model: type[S], **columns: Any) -> S:
    """The oldest row with ``columns``, or a new one, once, however many processes ask."""
    using = router.db_for_write(model)
    rows = model._default_manager.using(using)  # noqa: SLF001  # documented
    alike = rows.filter(**columns).order_by("pk")
    found = alike.first()
    if found is None:
        key = sha256(repr(sorted(columns.items())).encode()).hexdigest()
        with transaction.atomic(using=using):
            rows.bulk_create([model(**columns, unique_key=key)], ignore_conflicts=True)
            # a locking read sees what another transaction has just committed
            found = alike.select_for_update().first() or rows.create(**columns)
    return found


def _relation(model: type[ScheduleRow]) -> Any:
    (relation,) = model._meta.related_objects  # noqa: SLF001  # documented
    return relation


def _field(model: type[ScheduleRow]) -> str:
    name: str = _relation(model).field.name
    return name
