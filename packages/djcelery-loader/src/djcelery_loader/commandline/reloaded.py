"""The worker of ``celeryd --autoreload`` as it sees itself: in touch with its watcher."""

from __future__ import annotations

import os
import signal
import socket
import threading
import traceback
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click
from django.utils.autoreload import iter_all_python_module_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

VARIABLE = "DJCELERY_AUTORELOAD_LINK"
"""Number of the file that is the socket to the watcher. Stays set: SIGHUP runs the worker anew."""

FAILED = "\n"
REPORT_SECONDS = 1


def is_reloaded() -> bool:
    """Whether this process was started by a watcher."""
    return VARIABLE in os.environ


@contextmanager
def in_touch() -> Iterator[None]:
    """Tell the watcher what the worker loads and if it fails; stop it when the watcher is gone."""
    try:
        link = socket.socket(fileno=int(os.environ[VARIABLE]))
    except OSError:  # SIGHUP has closed all files
        yield
        return
    watched = Watched(link)
    threading.Thread(target=watched.stay, daemon=True).start()
    try:
        yield
    except (click.exceptions.Exit, click.ClickException):
        raise
    except Exception as error:
        watched.report_failure(error)
        raise


class Watched:
    """The worker's end of the socket between watcher and worker."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._link.settimeout(REPORT_SECONDS)
        self._sending = threading.Lock()
        self._reported: set[str] = set()
        self._report_modules()

    def stay(self) -> None:
        """Report new modules until the watcher is gone, then stop this worker warm."""
        while True:
            try:
                if not self._link.recv(1):
                    break
            except TimeoutError:
                self._report_modules()
            except OSError:
                break
        os.kill(os.getpid(), signal.SIGTERM)

    def report_failure(self, error: BaseException) -> None:
        """Report an error, and the files that it passed through: none may be loaded."""
        frames = traceback.extract_tb(error.__traceback__)
        files = {frame.filename for frame in frames}
        if isinstance(error, SyntaxError) and error.filename:
            files.add(error.filename)
        self._report(path for path in files if Path(path).is_absolute())
        self._send(FAILED)

    def _report_modules(self) -> None:
        with suppress(KeyError, RuntimeError):  # another thread is importing: once more next time
            self._report(map(str, iter_all_python_module_files()))

    def _report(self, paths: Iterable[str]) -> None:
        new = set(paths) - self._reported
        self._send("".join(f"{path}\n" for path in new))
        self._reported |= new

    def _send(self, text: str) -> None:
        with self._sending, suppress(OSError):  # the watcher is gone: stay() sees it
            self._link.sendall(text.encode("utf-8", errors="surrogateescape"))
