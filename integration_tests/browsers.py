"""A real browser without a window, steered over the pipe of its debugging protocol."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from base64 import b64decode
from contextlib import contextmanager
from itertools import count
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
    "--remote-debugging-pipe",
    "--window-size=1100,900",
)
FROM_US, TO_US = 3, 4
"""The file descriptors on which Chromium reads commands and writes what happens."""


class Page:
    """One page of the browser. Fails where the browser ends, or does not know a command."""

    def __init__(self, commands: IO[bytes], answers: IO[bytes]) -> None:
        self._commands = commands
        self._answers = answers
        self._numbers = count(1)
        self._session: dict[str, str] = {}
        target = self.command("Target.createTarget", url="about:blank")["targetId"]
        attached = self.command("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}

    def command(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command of the protocol; its result."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params, **self._session}
        self._commands.write(json.dumps(message).encode() + b"\0")
        self._commands.flush()
        while (answer := self._next())["id"] != number:
            pass
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def run(self, script: str) -> Any:
        """The value of a script in the page; a promise is awaited."""
        done = self.command(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def open(self, url: str) -> None:
        """Show ``url``; returns once the page and its scripts are loaded."""
        self.command("Page.navigate", url=url)
        self.run(
            f"""new Promise((done) => {{
                const look = () => location.href.startsWith({json.dumps(url)})
                    && document.readyState === "complete" ? done() : setTimeout(look, 20);
                look();
            }})"""
        )

    def picture(self, path: Path) -> None:
        """Write what the page looks like, as PNG."""
        path.write_bytes(b64decode(self.command("Page.captureScreenshot")["data"]))

    def _next(self) -> dict[str, Any]:
        """The next answer; what happens besides is passed over."""
        while True:
            text = b""
            while not text.endswith(b"\0"):
                byte = self._answers.read(1)
                assert byte, "the browser has ended"
                text += byte
            message: dict[str, Any] = json.loads(text[:-1])
            if "id" in message:
                return message


@contextmanager
def browser() -> Iterator[Page]:
    """A browser with a profile of its own, gone at the end of the block."""
    assert CHROMIUM is not None
    commands, to_browser = os.pipe()
    from_browser, answers = os.pipe()
    renumber = f'exec "$@" {FROM_US}<&{commands} {TO_US}>&{answers}'
    with TemporaryDirectory(prefix="browser", ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            ["bash", "-c", renumber, "bash", CHROMIUM, *OPTIONS, f"--user-data-dir={profile}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(commands, answers),
        )
        os.close(commands)
        os.close(answers)
        try:
            with os.fdopen(to_browser, "wb") as sent, os.fdopen(from_browser, "rb") as received:
                yield Page(sent, received)
        finally:
            process.terminate()
            process.wait(10)
