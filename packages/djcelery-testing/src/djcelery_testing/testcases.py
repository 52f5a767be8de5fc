"""Tasks that run in place in a class of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .eager import DATABASE, eager_tasks

if TYPE_CHECKING:
    from unittest import TestCase as Base
else:
    Base = object

__all__ = ["EagerTasksMixin"]


class EagerTasksMixin(Base):
    """For a class of tests, before its ``TestCase``: tasks run where they are called.

    They do from ``setUpClass`` and ``setUpTestData`` on. ``propagate``, ``store_result`` and
    ``result_backend`` are those of ``eager_tasks``.
    """

    propagate: bool | None = None
    store_result = False
    result_backend: str | None = DATABASE

    @classmethod
    def setUpClass(cls) -> None:
        eager = eager_tasks(
            propagate=cls.propagate,
            store_result=cls.store_result,
            result_backend=cls.result_backend,
        )
        cls.enterClassContext(eager)
        super().setUpClass()
