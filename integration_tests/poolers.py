"""PgBouncer, which lends each transaction one of its few connections to the server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from contextlib import contextmanager
from time import monotonic, sleep
from typing import TYPE_CHECKING

import dj_database_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONNECTIONS = 2
INI = """\
[databases]
* = host={HOST} port={PORT} user={USER} password={PASSWORD}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 100
"""


def program() -> str | None:
    """Where PgBouncer is, if it is installed."""
    return shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")


@contextmanager
def pgbouncer(folder: Path) -> Iterator[int]:
    """The port of a PgBouncer in front of the server that ``DATABASE_URL`` names."""
    server = {"HOST": "127.0.0.1", "PORT": 5432, "PASSWORD": "unasked"}
    parsed = dj_database_url.parse(os.environ["DATABASE_URL"])
    server |= {name: value for name, value in parsed.items() if value}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    ini = folder / "pgbouncer.ini"
    ini.write_text(INI.format(port=port, connections=CONNECTIONS, **server))
    as_nobody = ["--user", "nobody"] if os.getuid() == 0 else []
    command = [str(program()), "--quiet", *as_nobody, str(ini)]
    with subprocess.Popen(command) as process:
        try:
            await_port(port)
            yield port
        finally:
            process.terminate()


def await_port(port: int, seconds: float = 10) -> None:
    deadline = monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert monotonic() < deadline
            sleep(0.02)
        else:
            return
