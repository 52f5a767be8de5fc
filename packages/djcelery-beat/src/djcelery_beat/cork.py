"""Messages of a batch leave in few packets, so that they wake the broker less often."""

from __future__ import annotations

import socket
from typing import Final

TCP_CORK: Final[int | None] = getattr(socket, "TCP_CORK", None)
"""None where the system has no such option: each message leaves at once there."""


class Cork:
    """Holds back what is written to a socket: for 200 ms at the most, says Linux."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._is_in = False

    def put_in(self) -> None:
        """Let what is written from now on wait for more."""
        self._set(is_in=True)

    def pull(self) -> None:
        """Let everything go; somebody waits for an answer."""
        self._set(is_in=False)

    def _set(self, *, is_in: bool) -> None:
        if TCP_CORK is not None and is_in != self._is_in:
            self._sock.setsockopt(socket.IPPROTO_TCP, TCP_CORK, int(is_in))
            self._is_in = is_in
