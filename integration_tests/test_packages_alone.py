"""Each package passes its own tests where nothing else of ours is installed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from .installations import PACKAGES, ROOT, install, run

if TYPE_CHECKING:
    from pathlib import Path

TEST_TOOLS = ("ephem", "hypothesis", "jsonschema", "pytest", "pytest-django", "pytest-xdist")


@pytest.mark.timeout(400)
@pytest.mark.parametrize("package", PACKAGES)
def test_it_passes_its_own_tests(dist: Path, package: str, tmp_path: Path) -> None:
    installation = install(tmp_path / "venv", dist, [package, *TEST_TOOLS])
    for name in ("conftest.py", "pytest.ini", "test_settings.py"):
        shutil.copy(ROOT / name, tmp_path)
    tests = tmp_path / "packages" / package / "tests"
    shutil.copytree(ROOT / "packages" / package / "tests", tests)
    parallel = ("--numprocesses", "3", "--dist", "loadfile")

    printed = run(installation.python, "-m", "pytest", *parallel, tests, cwd=tmp_path, timeout=360)

    assert " passed" in printed
