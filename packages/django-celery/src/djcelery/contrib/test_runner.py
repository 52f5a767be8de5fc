"""The documented test runners, handed on from ``djcelery_testing``."""

from djcelery_utils.components import required

with required("djcelery-testing"):
    from djcelery_testing.runner import (
        CeleryTestSuiteRunner,
        CeleryTestSuiteRunnerStoringResult,
    )

__all__ = ["CeleryTestSuiteRunner", "CeleryTestSuiteRunnerStoringResult"]
