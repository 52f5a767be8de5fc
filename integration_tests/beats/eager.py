"""Runs of tasks that beats execute themselves."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from integration_tests.projects import Project

TASKS: Final = """\
import json
import os

from celery import shared_task


@shared_task(bind=True)
def add(self, x, y):
    headers = self.request.headers
    run = self.request.id, headers["periodic_task_name"], headers["periodic_task_due_at"]
    file = os.open("ran", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, json.dumps(run).encode() + b"\\n")  # whole, or not at all
    os.close(file)
"""


class Noted:
    """What the tasks of a project have written down; asked as ``Draining`` is."""

    def __init__(self, project: Project) -> None:
        self._file = project.path / "ran"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None: ...

    def all_of(self, _task_ids: set[str]) -> list[tuple[str, str, datetime]]:
        """Of each run the id of its task, entry and due time: all are there, beats have ended."""
        runs = map(json.loads, self._file.read_text().splitlines())
        return [(task_id, name, datetime.fromisoformat(due)) for task_id, name, due in runs]
