"""Tasks that run in place in a class of tests."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any
from unittest import TestCase

from .eager import DATABASE, eager_tasks

if TYPE_CHECKING:
    Base = TestCase
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

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for base in takewhile(lambda base: base is not EagerTasksMixin, cls.__mro__):
            if issubclass(base, TestCase) and not issubclass(base, EagerTasksMixin):
                names = f"EagerTasksMixin, {base.__name__}"
                raise TypeError(f"The mixin stands first: class {cls.__name__}({names})")

    @classmethod
    def setUpClass(cls) -> None:
        eager = eager_tasks(
            propagate=cls.propagate,
            store_result=cls.store_result,
            result_backend=cls.result_backend,
        )
        cls.enterClassContext(eager)
        super().setUpClass()
