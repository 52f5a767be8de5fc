"""What is absent is named together with the pip install that brings it."""

from __future__ import annotations

import pytest
from djcelery_utils.components import required


def test_an_absent_component_names_its_pip_install() -> None:
    with (
        pytest.raises(ModuleNotFoundError, match="pip install djcelery-absent"),
        required("djcelery-absent"),
    ):
        import djcelery_absent.camera  # type: ignore[import-not-found]  # noqa: F401


def test_an_import_that_fails_for_another_reason_is_passed_on() -> None:
    with (
        pytest.raises(ModuleNotFoundError, match="No module named 'nowhere'"),
        required("djcelery-absent"),
    ):
        import nowhere  # type: ignore[import-not-found]  # noqa: F401
