"""One round of a real prefork worker: a queue filled before it starts, and two marks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CELERY = [sys.executable, "-m", "celery"]
MANAGE = [sys.executable, "-m", "django"]
WORKER = "--pool=prefork --concurrency=2 --without-gossip --without-mingle --without-heartbeat"
DEADLINE_SECONDS = 300


def require_servers() -> None:
    for variable in ("DATABASE_URL", "BROKER_URL"):
        if variable not in os.environ:
            sys.exit(
                f"{variable} is not set; it names the server to measure on (benchmarks/README.md)"
            )


def measure(
    name: str, command: Sequence[str], variables: Mapping[str, str], n: int
) -> dict[str, float]:
    """Queue ``n`` tasks between two marks, start a worker, and read what lay between the marks.

    variables: for the queueing and the worker; DJANGO_SETTINGS_MODULE must be among them.
    """
    environment = os.environ | {"BENCH_QUEUE": f"djcelery-benchmark-{name}"} | dict(variables)
    node = f"djcelery-benchmark-{name}-{os.getpid()}@%h"
    with tempfile.TemporaryDirectory() as folder:
        marks = Path(folder, "marks")
        queueing = [sys.executable, "-m", "benchmarks.worker.queueing", str(marks), str(n)]
        subprocess.run(queueing, env=environment, check=True)  # noqa: S603
        log = Path(folder, "log")
        with log.open("wb") as output:
            worker = subprocess.Popen(  # noqa: S603
                [*command, *WORKER.split(), "--loglevel=warning", f"--hostname={node}"],
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            try:
                first, last = wait_for_marks(marks, worker, log)
            finally:
                worker.terminate()
                worker.wait(30)
    return {
        "cpu_us": 1e6 * (last["main"] + last["children"] - first["main"] - first["children"]) / n,
        "main_us": 1e6 * (last["main"] - first["main"]) / n,
        "children_us": 1e6 * (last["children"] - first["children"]) / n,
        "tasks_per_second": n / (last["at"] - first["at"]),
    }


def wait_for_marks(
    marks: Path, worker: subprocess.Popen[bytes], log: Path
) -> tuple[dict[str, float], dict[str, float]]:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline and worker.poll() is None:
        lines = marks.read_text().splitlines() if marks.exists() else []
        if len(lines) == 2:  # noqa: PLR2004  # before the first task and after the last
            return json.loads(lines[0]), json.loads(lines[1])
        time.sleep(0.2)
    sys.exit(f"The worker did not run all tasks; its log:\n{log.read_text()[-2_000:]}")
