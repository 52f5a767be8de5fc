"""The other programs: beat, events, the camera, control and broker administration."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from .commands import celeryd, run

if TYPE_CHECKING:
    from .conftest import MakeProject

CAMERA = """\
from celery.events.snapshot import Polaroid


class Camera(Polaroid):
    def on_shutter(self, state):
        print(f"a picture each {self.freq} s", flush=True)
"""
NO_BROKER = """\
from conf.settings import *

CELERY_BROKER_URL = "amqp://127.0.0.1:1//"
CELERY_BROKER_TRANSPORT_OPTIONS = {"max_retries": 1, "interval_start": 0}
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_beat_uses_the_scheduler_of_the_settings_and_stops(
    make_project: MakeProject, number: signal.Signals
) -> None:
    project = make_project(settings={"CELERYBEAT_SCHEDULER": "celery.beat:Scheduler"})
    # Celery's handler of signals fails while beat still imports what its scheduler needs,
    # and a signal that comes just before beat sleeps is heeded when it wakes
    options = ("-l", "DEBUG", "--max-interval", "1")
    beat = project.start("manage.py", "celerybeat", *options, ready="beat: Waking up")

    beat.signal(number)

    assert beat.wait() == 0, beat.output
    assert "celery.beat.Scheduler" in beat.output


def test_control_asks_a_worker(make_project: MakeProject) -> None:
    project = make_project()
    node = f"asked@{uuid4().hex}"
    celeryd(project, "-P", "solo", "-n", node)

    status = run(project, "celeryctl", "status", "-d", node)
    events = run(project, "celeryctl", "inspect", "enable_events", "-d", node)
    task_id = run(project, "celeryctl", "apply", "shop.tasks.add", "-a", "[2, 3]").output.strip()

    assert f"{node}: OK" in status.output
    assert "task events enabled" in events.output
    assert project.app.AsyncResult(task_id).get(timeout=10) == 5


def test_control_without_a_worker_says_so(make_project: MakeProject) -> None:
    command = run(make_project(), "celeryctl", "status", "-t", "0.2", "-d", "nobody@nowhere")

    assert command.wait() == 69
    assert "No nodes replied" in command.output


def test_an_error_shows_its_traceback_when_asked(make_project: MakeProject) -> None:
    project = make_project(files={"conf/elsewhere.py": NO_BROKER})
    arguments = ("celery", "status", "--settings", "conf.elsewhere")

    assert "Traceback" not in project.manage(*arguments, check=False)
    assert "Traceback" in project.manage(*arguments, "--traceback", check=False)


def test_events_are_dumped(make_project: MakeProject) -> None:
    project = make_project()
    dump = project.start("manage.py", "celeryev", "-d", ready="evdump: starting capture")

    celeryd(project, "-P", "solo", "-E")

    dump.wait_for("heartbeat")


def test_f_is_how_often_the_camera_takes_a_picture(make_project: MakeProject) -> None:
    project = make_project(files={"shop/camera.py": CAMERA})

    project.start(
        "manage.py", "celerycam", "-f", "0.2", "--camera", "shop.camera.Camera", ready="each 0.2 s"
    )


def test_a_broker_is_administered_in_one_go_and_in_a_shell(make_project: MakeProject) -> None:
    project = make_project()
    queue = project.settings["CELERY_TASK_DEFAULT_QUEUE"]

    declared = run(project, "camqadm", "queue.declare", queue)
    shell = run(project, "camqadm")  # reads an empty input, and ends

    assert f"queue:{queue} messages:0" in declared.output
    assert shell.wait() == 0


@pytest.mark.parametrize("name", ["celerycam", "celerymon", "djcelerymon"])
def test_a_program_that_is_not_installed_says_what_to_do(
    make_project: MakeProject, name: str
) -> None:
    command = run(make_project(), name, "-f", "2.0")

    assert command.wait() == 1
    assert "pip install django-celery[" in command.output
