"""The documented queryset and manager that all models share."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db import connections, models, router

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

M = TypeVar("M", bound=models.Model)


class ExtendedQuerySet(models.QuerySet[M]):
    """A queryset under its documented name; ``update_or_create`` is Django's own today."""


class ExtendedManager(models.Manager[M]):
    """A manager that knows which connections it reads from and writes to."""

    def get_queryset(self) -> ExtendedQuerySet[M]:
        return ExtendedQuerySet(
            self.model,
            using=self._db,
            hints=self._hints,  # type: ignore[attr-defined]  # absent from django-stubs 6
        )

    def connection_for_write(self) -> BaseDatabaseWrapper:
        using = self._db or router.db_for_write(self.model, **self._hints)  # type: ignore[attr-defined]  # absent from django-stubs 6
        return connections[using]

    def connection_for_read(self) -> BaseDatabaseWrapper:
        return connections[self.db]

    def current_engine(self) -> str:
        """The dotted path in ``ENGINE`` of the database this manager reads from."""
        engine: str = self.connection_for_read().settings_dict["ENGINE"]
        return engine
