"""Change each line of a package in small ways and see that its own tests notice.

``python tools/mutation.py djcelery-loader --minimum 85`` prints the mutants that survived and a
JSON line with the counts; it exits 1 if fewer than the minimum percentage were killed or timed out.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("conftest.py", "pytest.ini", "test_settings.py")
CONFIGURATION = """\
[mutmut]
source_paths = src
only_mutate =
    {changed}
do_not_mutate =
    {left_alone}
also_copy =
    {also_copy}
pytest_add_cli_args =
    -p
    no:cacheprovider
    -x
pytest_add_cli_args_test_selection =
    tests
"""
NOTICED = ("killed", "timeout")
OF_THIS_RUN = ("BROKER_URL", "CELERY", "DATABASE_URL", "DJANGO", "PYTEST")
"""How the variables begin that tests must not see: side by side they would share a database."""


def main() -> None:
    arguments = parse_arguments()
    folder = prepare(arguments.package, arguments.only, arguments.leave)
    run(folder, "run", "--max-children", str(os.cpu_count()), quiet=not sys.stdout.isatty())
    results = dict(read_results(run(folder, "results", "--all", "true", quiet=True)))
    counts = Counter(results.values())
    noticed = sum(counts[state] for state in NOTICED)
    percentage = 100 * noticed / max(1, counts.total())
    for name, state in results.items():
        if state not in NOTICED:
            print(f"{state}: {name}")  # noqa: T201
    line = {"mutants": counts.total(), "noticed": noticed, "percent": round(percentage, 1)}
    print(json.dumps({"package": arguments.package} | line | dict(counts)))  # noqa: T201
    sys.exit(percentage < arguments.minimum)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", help="a folder below packages/")
    parser.add_argument("--minimum", type=float, default=0, help="percentage, default 0")
    parser.add_argument("--only", nargs="*", default=["*"], help="patterns of files changed")
    parser.add_argument("--leave", nargs="*", default=[], help="patterns of files left unchanged")
    return parser.parse_args()


def prepare(package: str, only: list[str], leave: list[str]) -> Path:
    """A copy of the package, in the shape that mutmut expects.

    The folder of the mutated sources is made here: Python remembers of a folder that was absent
    at its start that nothing can be imported from it.
    """
    folder = ROOT / "mutants" / package
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "packages" / package, folder)
    for name in COPIED:
        shutil.copy(ROOT / name, folder)
    configuration = CONFIGURATION.format(
        changed="\n    ".join(only),
        left_alone="\n    ".join(["*/migrations/*", *leave]),
        also_copy="\n    ".join(COPIED),
    )
    (folder / "setup.cfg").write_text(configuration)
    (folder / "pyproject.toml").unlink()
    mutated(folder).mkdir(parents=True)
    return folder


def mutated(folder: Path) -> Path:
    return folder / "mutants" / "src"


def run(folder: Path, *arguments: str, quiet: bool = False) -> str:
    """Run mutmut; the mutated sources come before the installed ones, in its children too."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=folder,
        env=environment() | {"PYTHONPATH": str(mutated(folder))},
        stdout=subprocess.PIPE if quiet else None,
        text=True,
        check=True,
    )
    return done.stdout or ""


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(OF_THIS_RUN)}


def read_results(output: str) -> list[tuple[str, str]]:
    pairs = (line.rpartition(":") for line in output.splitlines() if ":" in line)
    return [(name.strip(), state.strip()) for name, _, state in pairs]


if __name__ == "__main__":
    main()
