"""Look a value up: under the text it is stored as now, and under those it had of old."""

from __future__ import annotations

from typing import Any

from django.db.models import lookups

from . import legacypickle


class StoredIn(lookups.In):
    """``result__in=``; values are compared as the text that is stored for them."""

    def get_prep_lookup(self) -> Any:
        if self.rhs is not None and self.rhs_is_direct_value():
            self.rhs = [text for value in self.rhs for text in self._spellings(value)]
        return None if self.rhs is None else super().get_prep_lookup()

    def _spellings(self, value: object) -> list[str]:
        text = self.lhs.output_field.encode(value, "a lookup").text
        return [] if text is None else [text, *legacypickle.spellings(value)]


class StoredExact(StoredIn):
    """``result=``; None is SQL's NULL."""

    lookup_name = "exact"

    def __init__(self, lhs: Any, rhs: Any) -> None:
        is_value = rhs is not None and not hasattr(rhs, "resolve_expression")
        super().__init__(lhs, [rhs] if is_value else rhs)

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        if self.rhs_is_direct_value():
            return super().as_sql(compiler, connection)
        return lookups.Exact(self.lhs, self.rhs).as_sql(compiler, connection)
