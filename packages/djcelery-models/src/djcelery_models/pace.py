"""How many rows go in one batch, so that its transaction is short whatever a row costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

TARGET_SECONDS: Final = 0.05
"""A quarter of the 200 ms that a transaction may last: a server has its slow moments."""
GROWTH: Final = 4


@dataclass(slots=True, kw_only=True)
class Pace:
    """The number of rows in the next batch, from how long the one before took.

    first: rows to begin with; largest: rows at the most. Both are at least 1.
    """

    first: int
    largest: int
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = min(self.first, self.largest)

    def learn(self, *, gone: int, seconds: float) -> None:
        """Aim at ``TARGET_SECONDS`` after a batch of ``size`` rows of which ``gone`` were deleted.

        A batch of which little was deleted does not tell how long one takes that goes as a whole.
        """
        known = self.largest if 2 * gone >= self.size else max(self.first, self.size)
        wanted = self.size * min(GROWTH, TARGET_SECONDS / max(seconds, 1e-9))
        self.size = max(1, min(int(wanted), known, self.largest))
