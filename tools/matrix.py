"""Run the tests in each cell of hatch.toml's matrix; a Python that is not here is left out.

``python tools/matrix.py [PYTEST-ARGUMENT...]`` exits 1 if the tests of a cell failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ENVIRONMENT = "cells"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A Python and a Django that are tested together."""

    python: str
    django: str

    def __str__(self) -> str:
        return f"Django {self.django} on Python {self.python}"


def main() -> None:
    left_out = [cell for cell in cells() if not is_here(cell.python)]
    here = [cell for cell in cells() if cell not in left_out]
    failed = [cell for cell in here if not passes(cell, sys.argv[1:])]
    for cell in left_out:
        report(f"left out: {cell}: no python{cell.python} on PATH starts")
    for cell in failed:
        report(f"failed: {cell}")
    sys.exit(bool(failed))


def report(line: str) -> None:
    print(line)  # noqa: T201


def cells() -> Iterator[Cell]:
    configuration = tomllib.loads(Path("hatch.toml").read_text())
    for group in configuration["envs"][ENVIRONMENT]["matrix"]:
        for python, django in product(group["python"], group["django"]):
            yield Cell(python=python, django=django)


def is_here(python: str) -> bool:
    """Whether any such interpreter on PATH starts; one of a version manager may only be a stub."""
    folders = (Path(folder) for folder in os.get_exec_path())
    candidates = (folder / f"python{python}" for folder in folders)
    return any(path.exists() and returns_zero(str(path), "-c", "") for path in candidates)


def passes(cell: Cell, arguments: list[str]) -> bool:
    selection = (f"+py={cell.python}", f"+django={cell.django}")
    return returns_zero("hatch", "run", *selection, f"{ENVIRONMENT}:test", *arguments)


def returns_zero(*command: str) -> bool:
    environment = {name: value for name, value in os.environ.items() if name != "HATCH_ENV_ACTIVE"}
    return subprocess.run(command, env=environment, check=False).returncode == 0  # noqa: S603


if __name__ == "__main__":
    main()
