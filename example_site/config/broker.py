"""A broker in a folder, for a site that runs without a message server."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from kombu.transport import filesystem
from kombu.utils.json import dumps

URL = "filesystem://localhost//"
TRANSPORT = "config.broker:Transport"
EXCHANGES = ("celeryev", "celery.pidbox", "reply.celery.pidbox")


class Channel(filesystem.Channel):
    """Puts whole messages: Kombu's own may be read when its file is made, but empty yet."""

    # the bases disagree about the name of the second argument
    def _put(self, queue: str, payload: Any, **_kwargs: Any) -> None:  # type: ignore[override]
        name = f"{round(time.monotonic() * 1000)}_{uuid4()}.{queue}.msg"
        file = Path(self.data_folder_out, name)
        unfinished = file.with_suffix(".part")
        unfinished.write_text(dumps(payload))
        unfinished.rename(file)


class Transport(filesystem.Transport):
    """Kombu's ``filesystem://`` transport with our ``Channel``."""

    Channel = Channel


def transport_options(folder: Path) -> dict[str, Any]:
    """What Celery is to know of a broker that has all its files in ``folder``."""
    return {
        "data_folder_in": str(folder / "messages"),
        "data_folder_out": str(folder / "messages"),
        "control_folder": str(folder / "control"),
        "polling_interval": 0.1,
    }


def make_empty(folder: Path, queue: str) -> None:
    """Throw away all messages and bindings of an earlier run, and start anew.

    The exchanges are made here because two processes that make one at the same time would lose a
    binding; the bindings go because those of killed processes would collect messages for ever.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "messages").mkdir(parents=True)
    (folder / "control").mkdir()
    for exchange in (queue, *EXCHANGES):
        (folder / "control" / f"{exchange}.exchange").write_text("[]")
