"""A way to a server that can be cut, so that the server is down for one project alone."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self


class Proxy:
    """Passes on what comes to ``port`` of this host, to the port of a server."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._lock = threading.Lock()
        self._ends: set[socket.socket] = set()
        self._listener = listen(0)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Refuse whoever comes, and end what is under way."""
        with self._lock:
            for end in (self._listener, *self._ends):
                with suppress(OSError):  # it has ended by itself
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
            self._ends.clear()

    def start(self) -> None:
        """Be there again, on the same port."""
        self._listener = listen(self.port)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):  # it was stopped
            while True:
                client, _ = listener.accept()
                with self._lock:
                    self._connect(listener, client)

    def _connect(self, listener: socket.socket, client: socket.socket) -> None:
        if listener.fileno() < 0:  # it was stopped meanwhile
            client.close()
            return
        server = socket.create_connection(self._server)
        self._ends |= {client, server}
        for ends in ((client, server), (server, client)):
            threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):  # it was stopped, or one side has gone
            while data := source.recv(65_536):
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def listen(port: int) -> socket.socket:
    return socket.create_server(("127.0.0.1", port), backlog=100)
