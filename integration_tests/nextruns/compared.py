"""What came out of a comparison."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(kw_only=True)
class Compared:
    """How many runs were expected, and in words what was not as expected."""

    runs: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, name: str, found: list[datetime], expected: list[datetime]) -> None:
        """What ``name`` is due at, and what it should be due at."""
        self.runs += len(expected)
        if found == expected:
            return
        self.wrong += [f"{name}: {due} is missing" for due in sorted({*expected} - {*found})]
        self.wrong += [f"{name}: {due} is too many" for due in sorted({*found} - {*expected})]
        if found != sorted({*found}):
            self.wrong.append(f"{name}: runs come twice, or not in the order of time")

    def add_one(self, name: str, *, found: object, expected: object) -> None:
        if found != expected:
            self.wrong.append(f"{name}: {found} where {expected} should be")
