"""CPU time a task of a prefork worker: the loader beside Celery with its own Django fixup."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.lines import print_line, versions

if TYPE_CHECKING:
    import argparse

CELERY = [sys.executable, "-m", "celery"]
MANAGE = [sys.executable, "-m", "django"]
WORKER = "--pool=prefork --concurrency=2 --without-gossip --without-mingle --without-heartbeat"
COMMANDS = {
    "fixup": [*CELERY, "-A", "benchmarks.worker.fixup", "worker"],
    "loader": [*MANAGE, "celeryd"],
    "installed": [*CELERY, "-A", "benchmarks.worker.installed", "worker"],
}
DEADLINE_SECONDS = 300


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--impl", default="fixup,loader", help=f"of {', '.join(COMMANDS)}")
    parser.add_argument("--rounds", type=int, default=15, help="interleaved rounds (default 15)")
    parser.add_argument("--maximum", type=float, help="exit 1 if the last ratio is larger")
    parser.add_argument("-n", type=int, default=10_000, help="tasks a round (default 10,000)")


def run(arguments: argparse.Namespace) -> None:
    """Print a line a round and implementation, then one with the medians and their ratios."""
    for variable in ("DATABASE_URL", "BROKER_URL"):
        if variable not in os.environ:
            sys.exit(
                f"{variable} is not set; it names the server to measure on (benchmarks/README.md)"
            )
    names = arguments.impl.split(",")
    figures: dict[str, list[float]] = {name: [] for name in names}
    for number in range(arguments.rounds):
        for name in names if number % 2 else reversed(names):
            line = measure(name, arguments.n)
            figures[name].append(line["cpu_us"])
            print_line(benchmark="worker", round=number, impl=name, n=arguments.n, **line)
    medians = {name: statistics.median(values) for name, values in figures.items()}
    ratios = {name: round(medians[name] / medians[names[0]], 4) for name in names}
    print_line(
        benchmark="worker",
        rounds=arguments.rounds,
        n=arguments.n,
        cpu_us_median=medians,
        cpu_us_min={name: min(values) for name, values in figures.items()},
        cpu_us_max={name: max(values) for name, values in figures.items()},
        ratio_to_first=ratios,
        versions=versions(),
    )
    if arguments.maximum is not None and ratios[names[-1]] > arguments.maximum:
        sys.exit(
            f"{names[-1]} needs {ratios[names[-1]]} times {names[0]}: {arguments.maximum} at most"
        )


def measure(name: str, n: int) -> dict[str, float]:
    """Queue ``n`` tasks between two marks, start a worker, and read what lay between the marks."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "benchmarks.worker.settings",
        "BENCH_QUEUE": f"djcelery-benchmark-{name}",
        "BENCH_LOADER": "1" if name == "loader" else "",
    }
    node = f"djcelery-benchmark-{name}-{os.getpid()}@%h"
    with tempfile.TemporaryDirectory() as folder:
        marks = Path(folder, "marks")
        queueing = [sys.executable, "-m", "benchmarks.worker.queueing", str(marks), str(n)]
        subprocess.run(queueing, env=environment, check=True)  # noqa: S603
        log = Path(folder, "log")
        with log.open("wb") as output:
            worker = subprocess.Popen(  # noqa: S603
                [*COMMANDS[name], *WORKER.split(), "--loglevel=warning", f"--hostname={node}"],
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
