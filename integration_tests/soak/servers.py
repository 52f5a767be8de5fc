"""Database servers of the soak's own, in a temporary folder: restarting them harms nobody else."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ENDS_WITHIN_SECONDS = 60
DOWN_SECONDS = 3
POSTGRESQL = "usr/lib/postgresql/*/bin"


@dataclass(kw_only=True)
class Server:
    """A server; ``url`` names a database in it. It ends by each of ``endings``, in turn."""

    folder: Path
    account: str
    make: Sequence[str]
    serve: Sequence[str]
    ask: Sequence[str]
    endings: tuple[signal.Signals, signal.Signals]
    url: str
    restarts: int = 0
    _popen: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def create(self) -> None:
        """Make the files of an empty server."""
        if os.getuid() == 0:  # no database server runs as root
            shutil.chown(self.folder, self.account)
        with self._log() as log:
            subprocess.run(self.make, stdout=log, stderr=log, check=True, user=self._user)

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        with self._log() as log:
            self._popen = subprocess.Popen(
                self.serve, stdout=log, stderr=log, start_new_session=True, user=self._user
            )
        deadline = monotonic() + ENDS_WITHIN_SECONDS
        while subprocess.run(self.ask, capture_output=True, check=False).returncode:
            assert self._popen.poll() is None, self._log_path.read_text()
            assert monotonic() < deadline, self._log_path.read_text()
            sleep(0.1)

    def stop(self, ending: signal.Signals) -> None:
        if self._popen is not None:
            self._popen.send_signal(ending)
            self._popen.wait(ENDS_WITHIN_SECONDS)

    def restart(self) -> None:
        """Stop and start: the first time in order, the second as in a crash, and so on."""
        self.stop(self.endings[self.restarts % 2])
        sleep(DOWN_SECONDS)
        self.restarts += 1
        self.start()

    @property
    def _user(self) -> str | None:
        return self.account if os.getuid() == 0 else None

    @property
    def _log_path(self) -> Path:
        return self.folder / "log"

    def _log(self) -> IO[bytes]:
        return self._log_path.open("ab")


@contextmanager
def private_server(kind: str) -> Iterator[Server]:
    """A new server, of PostgreSQL or MariaDB, that is gone with all it has after the block."""
    folder = Path(tempfile.mkdtemp(prefix="djcelery-soak-"))
    server = {"postgresql": postgresql, "mariadb": mariadb}[kind](folder, free_port())
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.stop(server.endings[0])
        shutil.rmtree(folder)


def postgresql(folder: Path, port: int) -> Server:
    data, where = str(folder / "data"), ("-h", "127.0.0.1", "-p", str(port))
    address = ("-c", "listen_addresses=127.0.0.1", "-k", str(folder))
    return Server(
        folder=folder,
        account="postgres",
        make=(program("initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"),
        serve=(program("postgres"), "-D", data, "-p", str(port), *address),
        ask=(program("pg_isready"), *where),
        endings=(signal.SIGINT, signal.SIGQUIT),
        url=f"postgres://postgres@127.0.0.1:{port}/postgres",
    )


def mariadb(folder: Path, port: int) -> Server:
    data = f"--datadir={folder / 'data'}"
    local = ("--bind-address=127.0.0.1", f"--port={port}", f"--socket={folder / 'socket'}")
    where = ("--host=127.0.0.1", f"--port={port}", "--user=root")
    trusting = ("--auth-root-authentication-method=normal", "--skip-test-db")
    return Server(
        folder=folder,
        account="mysql",
        make=(program("mariadb-install-db"), "--no-defaults", data, *trusting),
        serve=(
            *(program("mariadbd"), "--no-defaults", data, *local),
            *("--character-set-server=utf8mb4", f"--pid-file={folder / 'pid'}"),
        ),
        ask=(program("mariadb-admin"), "--no-defaults", *where, "ping"),
        endings=(signal.SIGTERM, signal.SIGKILL),
        url=f"mysql://root@127.0.0.1:{port}/mysql",
    )


def find_program(name: str) -> str | None:
    """Where a server's program is: Debian keeps PostgreSQL's off the path, a folder a version."""
    folders = [*os.get_exec_path(), "/usr/sbin", *sorted(map(str, Path("/").glob(POSTGRESQL)))]
    return shutil.which(name, path=os.pathsep.join(folders))


def program(name: str) -> str:
    found = find_program(name)
    assert found is not None, f"{name} is not installed"
    return found


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port
