"""The worker of ``--autoreload`` and its watcher are in touch."""

from __future__ import annotations

import signal
import socket
import sys
from typing import TYPE_CHECKING

import django
import pytest
from djcelery_loader.commandline.autoreload import project_folders
from djcelery_loader.commandline.reloadedprocess import ReloadedProcess

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WORKER = """
import signal
from djcelery_loader.commandline.reloaded import in_touch, is_reloaded

assert is_reloaded()
with in_touch():
    {body}
"""
WAIT = "signal.sigwait([signal.SIGUSR2])"


@pytest.fixture
def files() -> set[Path]:
    return set()


@pytest.fixture
def start(files: set[Path], tmp_path: Path) -> Callable[[str], ReloadedProcess]:
    """Start a program with ``body`` for its work; the files that it reports are in ``files``."""

    def starting(text: str) -> ReloadedProcess:
        script = tmp_path / "worker.py"
        script.write_text(text)
        return ReloadedProcess([sys.executable, str(script)], files.add)

    return starting


def test_the_folders_of_the_project_are_watched_but_not_the_libraries(
    installed: Callable[..., None], tmp_path: Path
) -> None:
    installed("loader_app_watched")

    watched = {str(folder) for folder in project_folders()}

    assert str(tmp_path / "loader_app_watched") in watched
    assert not any(folder.startswith(django.__path__[0]) for folder in watched)


def test_a_worker_that_ends_well_has_not_failed(
    start: Callable[[str], ReloadedProcess], files: set[Path]
) -> None:
    process = start(WORKER.format(body="pass"))

    assert process.wait() == 0
    assert not process.has_failed
    assert "reloaded.py" in {path.name for path in files}


@pytest.mark.parametrize("end", ["click.exceptions.Exit(3)", "click.UsageError('wrong')"])
def test_an_exit_code_is_no_failure(start: Callable[[str], ReloadedProcess], end: str) -> None:
    process = start(WORKER.format(body=f"import click; raise {end}"))

    assert process.wait() != 0
    assert not process.has_failed


def test_an_error_is_a_failure_whose_files_are_reported(
    start: Callable[[str], ReloadedProcess], files: set[Path], tmp_path: Path
) -> None:
    (tmp_path / "broken.py").write_text("def broken(:\n")

    process = start(WORKER.format(body="import broken"))

    assert process.wait() == 1
    assert process.has_failed
    assert tmp_path / "broken.py" in files


def test_an_error_before_the_worker_is_in_touch_is_a_failure(
    start: Callable[[str], ReloadedProcess],
) -> None:
    process = start("raise RuntimeError('the settings are wrong')")

    assert process.wait() == 1
    assert process.has_failed


def test_a_worker_gets_the_signals_of_its_watcher(start: Callable[[str], ReloadedProcess]) -> None:
    process = start("import time; time.sleep(60)")

    process.send_signal(signal.SIGTERM)

    assert process.wait() == -signal.SIGTERM


def test_a_worker_stops_when_its_watcher_is_gone(start: Callable[[str], ReloadedProcess]) -> None:
    process = start(WORKER.format(body=WAIT))

    process._link.shutdown(socket.SHUT_RDWR)

    assert process.wait() == -signal.SIGTERM
