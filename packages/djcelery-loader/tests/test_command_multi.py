"""The nodes of celeryd_multi are started by manage.py, with Django's options."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from djcelery_loader.commandline.djangooptions import DjangoOptions
from djcelery_loader.commandline.invocation import read
from djcelery_loader.commandline.multi import node_command, run_multi
from djcelery_loader.commandline.program import make_program

if TYPE_CHECKING:
    import pytest

PROGRAM = [sys.executable, "/a shop/manage.py"]


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[list[str]]:
    """The command lines of the nodes."""
    given = [*arguments, "--pidfile=%n.pid", "--logfile=%n.log"]
    invocation = read(["show", *given], program=make_program(), subcommand="multi")

    assert run_multi(invocation, program=PROGRAM, prog_name="manage.py celeryd_multi") == 0

    return [shlex.split(line) for line in capsys.readouterr().out.splitlines()]


def test_a_node_is_a_worker_in_the_background() -> None:
    assert node_command(PROGRAM, DjangoOptions()) == "'/a shop/manage.py' celery worker --detach"


def test_a_node_gets_the_settings_and_the_path(capsys: pytest.CaptureFixture[str]) -> None:
    (node,) = shown(capsys, "w1", "--settings", "conf.dev", "--pythonpath=lib")

    assert node[1:5] == [
        "/a shop/manage.py",
        "celery",
        "--settings=conf.dev",
        f"--pythonpath={Path.cwd() / 'lib'}",
    ]


def test_a_node_gets_the_broker(capsys: pytest.CaptureFixture[str]) -> None:
    (node,) = shown(capsys, "w1", "--broker", "memory://")

    assert node[2:5] == ["celery", "--broker=memory://", "worker"]


def test_an_option_for_one_node_is_for_that_node(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = shown(capsys, "2", "-c", "1", "-c:2", "7")

    assert first[first.index("-c") + 1] == "1"
    assert second[second.index("-c") + 1] == "7"


def test_a_program_that_is_a_module_is_run_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    command = node_command([sys.executable, "-m", "django"], DjangoOptions())

    assert command == "-m django celery worker --detach"


def test_a_quiet_call_says_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    given = ["--verbosity", "0", "stop", "nobody", f"--pidfile={tmp_path}/%n.pid"]
    invocation = read(given, program=make_program(), subcommand="multi")

    run_multi(invocation, program=PROGRAM, prog_name="manage.py celeryd_multi")

    assert capsys.readouterr().out == ""
