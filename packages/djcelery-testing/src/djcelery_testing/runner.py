"""The documented test runners of Django: tasks run in place in every test."""

from __future__ import annotations

from contextlib import ExitStack
from types import MethodType
from typing import TYPE_CHECKING, Any

import django
from django.test.runner import DiscoverRunner, ParallelTestSuite

from .eager import DATABASE, eager_tasks

if TYPE_CHECKING:
    from collections.abc import Callable
    from unittest import TestSuite

__all__ = ["CeleryTestSuiteRunner", "CeleryTestSuiteRunnerStoringResult"]


class CeleryTestSuiteRunner(DiscoverRunner):
    """Tasks run where they are called, and raise there: for ``TEST_RUNNER``.

    ``propagate``, ``store_result`` and ``result_backend`` are those of ``eager_tasks``.
    """

    propagate: bool | None = None
    store_result = False
    result_backend: str | None = DATABASE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._restoring = ExitStack()

    def setup_test_environment(self, **kwargs: Any) -> None:
        with ExitStack() as stack:
            stack.enter_context(eager_tasks(**self._options()))
            super().setup_test_environment(**kwargs)
            self._restoring = stack.pop_all()

    def teardown_test_environment(self, **kwargs: Any) -> None:
        with self._restoring:
            super().teardown_test_environment(**kwargs)

    def run_tests(self, *args: Any, **kwargs: Any) -> int:
        """Run the tests; what was changed is restored where Django does not come to tear down."""
        try:
            return super().run_tests(*args, **kwargs)
        finally:
            self._restoring.close()

    def build_suite(self, *args: Any, **kwargs: Any) -> TestSuite:
        """Collect the tests; let a process that does not inherit from this one begin alike."""
        suite = super().build_suite(*args, **kwargs)
        if isinstance(suite, ParallelTestSuite):
            setup: Any = suite.process_setup
            suite.process_setup_args = (
                setup.__func__,
                tuple(suite.process_setup_args),
                self._options(),
            )
            suite.process_setup = MethodType(start_process, suite)
        return suite

    def _options(self) -> dict[str, Any]:
        return {
            "propagate": self.propagate,
            "store_result": self.store_result,
            "result_backend": self.result_backend,
        }


class CeleryTestSuiteRunnerStoringResult(CeleryTestSuiteRunner):
    """The same, and results are stored, in the database of the tests unless told otherwise."""

    store_result = True


def start_process(
    setup: Callable[..., object], arguments: tuple[Any, ...], options: dict[str, Any]
) -> None:
    """Begin in a process of ``--parallel`` that was spawned, until it ends."""
    setup(*arguments)
    django.setup()
    eager_tasks(**options).enable()
