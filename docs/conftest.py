"""Run the Python in ``docs/*.md``: each document is one project, used by real processes.

A block whose first line names a file (``# shop/tasks.py``) is added to the end of that file of the
document's project, as a reader would; any other runs in its ``manage.py shell``, with the tables
made and with tasks that run where they are called. Of the commands in ``console`` blocks those that
run the project's tests are run.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser, SkipParser

if TYPE_CHECKING:
    from sybil.example import Example

FILE_NAME = re.compile(r"# ([\w/]+\.py)\n")
TESTS = re.compile(r"(?:python )?(manage\.py test|pytest)( .*)?")
TASKS_RUN_WHERE_THEY_ARE_CALLED = """
from proj.settings import *
CELERY_TASK_ALWAYS_EAGER = CELERY_TASK_STORE_EAGER_RESULT = CELERY_TASK_EAGER_PROPAGATES = True
"""


def run(folder: Path, *command: str) -> None:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CELERY", "DJANGO", "PYTEST"))
    }
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=inherited,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def start_project(namespace: dict[str, Any]) -> None:
    namespace["temporary"] = temporary = TemporaryDirectory(prefix="docs")
    folder = Path(temporary.name)
    run(folder, "-m", "django", "startproject", "proj", str(folder))
    add(folder / "proj" / "shell_settings.py", TASKS_RUN_WHERE_THEY_ARE_CALLED)
    for app in ("shop", "proj"):
        (folder / app).mkdir(exist_ok=True)
        (folder / app / "__init__.py").touch()
    namespace["folder"] = folder


def remove_project(namespace: dict[str, Any]) -> None:
    namespace["temporary"].cleanup()


def add(file: Path, text: str) -> None:
    before = file.read_text() if file.exists() else ""
    file.write_text(before + text)


def evaluate(example: Example) -> None:
    folder, code = example.namespace["folder"], example.parsed
    named = FILE_NAME.match(code)
    if named:
        add(folder / named[1], code)
        return
    if "is_ready" not in example.namespace:
        run(folder, "manage.py", "migrate", "--verbosity", "0")
        run(folder, "manage.py", "check", "--fail-level", "WARNING")
        example.namespace["is_ready"] = True
    shell = ("shell", "--settings", "proj.shell_settings", "--verbosity", "0")
    run(folder, "manage.py", *shell, "--command", code)


def run_tests(example: Example) -> None:
    for line in example.parsed.splitlines():
        if command := TESTS.fullmatch(line):
            program = ["-m", "pytest"] if command[1] == "pytest" else command[1].split()
            run(example.namespace["folder"], *program, *shlex.split(command[2] or ""))


pytest_collect_file = Sybil(
    parsers=[
        CodeBlockParser(language="python", evaluator=evaluate),
        CodeBlockParser(language="console", evaluator=run_tests),
        SkipParser(),
    ],
    patterns=["*.md"],
    setup=start_project,
    teardown=remove_project,
).pytest()
