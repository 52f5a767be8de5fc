"""How far a long piece of work has come, on one line of a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from django.core.management.base import OutputWrapper

WIDTH: Final = 40


class ProgressBar:
    """A bar that grows from 0 to ``total`` and is wiped out at the end of the ``with`` block."""

    def __init__(self, stream: OutputWrapper, total: int) -> None:
        self.stream = stream
        self.total = total
        self.done = 0

    def __enter__(self) -> Self:
        self._draw()
        return self

    def __exit__(self, *_error: object) -> None:
        self._write("")

    def advance(self, number: int) -> None:
        """``number`` more are done; if they become more than ``total``, the bar stays full."""
        self.done += number
        self._draw()

    def _draw(self) -> None:
        share = min(1.0, self.done / self.total) if self.total else 1.0
        bar = "#" * int(WIDTH * share)
        self._write(f"[{bar:.<{WIDTH}}] {share:4.0%} {self.done:,} of {self.total:,}")

    def _write(self, text: str) -> None:
        self.stream.write(f"\r\033[K{text}", ending="")
        self.stream.flush()
