"""``manage.py celeryd_multi`` starts, asks and stops workers of this project."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from .commands import QUIET, TASKS, background, wait_for_log

if TYPE_CHECKING:
    from .conftest import MakeProject

OTHER = "import special\nfrom conf.settings import *\n"


@pytest.mark.parametrize("command", [["celeryd_multi"], ["celery", "multi"]])
def test_nodes_get_djangos_options_and_stop_when_told(
    make_project: MakeProject, command: list[str]
) -> None:
    files = {"shop/tasks.py": TASKS, "conf/other.py": OTHER, "a lib/special.py": ""}
    project = make_project(files=files)
    pidfiles = [project.path / "w1.pid", project.path / "w2.pid"]
    options = [*QUIET, "-P", "solo", f"--pidfile={project.path}/%n.pid", "-n", uuid4().hex]
    options += ["--logfile", f"{project.path}/%n.log"]
    django = ["--settings", "conf.other", "--pythonpath=a lib"]

    with background(*pidfiles):
        project.manage(*command, "start", "w1", "w2", *options, *django)
        for name in ("w1", "w2"):
            wait_for_log(project.path / f"{name}.log", " ready.")
        assert project.call("surroundings")["settings"] == "conf.other"

        project.manage(*command, "stopwait", "w1", "w2", *options)

        assert not [pidfile for pidfile in pidfiles if pidfile.exists()]
