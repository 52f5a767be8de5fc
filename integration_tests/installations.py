"""Wheels and sdists of all packages, and fresh environments that they are installed into."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = sorted(path.parent.name for path in ROOT.glob("packages/*/pyproject.toml"))
REFUSE_TO_BE_IMPORTED = "raise RuntimeError('a build imports what need not be installed')\n"
OF_THIS_RUN = ("BROKER_URL", "CELERY", "DATABASE_URL", "DJANGO", "PYTEST", "PYTHON", "VIRTUAL_ENV")
"""How the variables begin that the processes of a fresh environment must not see."""


def import_name(distribution: str) -> str:
    return {"django-celery": "djcelery"}.get(distribution, distribution.replace("-", "_"))


def declared_version(distribution: str) -> str:
    """The version in ``__about__.py``, read as text."""
    about = ROOT / "packages" / distribution / "src" / import_name(distribution) / "__about__.py"
    found = re.search(r'^__version__ = "(.+)"$', about.read_text(), re.MULTILINE)
    assert found is not None
    return found[1]


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(OF_THIS_RUN)}


def run(
    *command: str | Path,
    cwd: Path = ROOT,
    env: dict[str, str] | None = None,
    timeout: float = 100,
) -> str:
    """What the command prints, errors included; fails with that if the command does."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=clean_environment() | (env or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def build_all(folder: Path) -> Path:
    """Build every package into ``folder``/dist where importing Django or Celery fails."""
    for name in ("django", "celery"):
        (folder / "absent" / name).mkdir(parents=True)
        (folder / "absent" / name / "__init__.py").write_text(REFUSE_TO_BE_IMPORTED)
    dist = folder / "dist"
    for package in PACKAGES:
        source = ROOT / "packages" / package
        env = {"PYTHONPATH": str(folder / "absent")}
        run("uv", "build", "--python", sys.executable, "--out-dir", dist, source, env=env)
    return dist


@dataclass(frozen=True, kw_only=True)
class Installation:
    """A fresh virtual environment with what ``uv pip install`` put there."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @cached_property
    def ours(self) -> dict[str, str]:
        """Our distributions in it, with their versions."""
        lines = run("uv", "pip", "freeze", "--python", self.python).splitlines()
        pins = dict(line.split("==") for line in lines if "==" in line)
        return {name: pin for name, pin in pins.items() if name in PACKAGES or "djcelery" in name}


def install(folder: Path, dist: Path, requirements: Collection[str]) -> Installation:
    """A new environment with ``requirements``, ours from ``dist``, with the Django in use here."""
    installation = Installation(folder=folder)
    run("uv", "venv", "--python", sys.executable, folder)
    python = str(installation.python)
    django = f"django=={version('django')}"
    find = ("--find-links", str(dist))
    run("uv", "pip", "install", "--python", python, *find, *requirements, django)
    return installation
