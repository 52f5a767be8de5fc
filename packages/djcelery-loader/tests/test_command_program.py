"""Celery's program listens to the variables of Celery, and to those of nobody else."""

from __future__ import annotations

import sys
import warnings
from types import ModuleType
from typing import TYPE_CHECKING, Any

import click
import pytest
from celery import Celery
from celery.bin.celery import celery
from django.test.utils import modify_settings
from djcelery_loader.commandline.program import make_program
from djcelery_loader.commandline.scheduler import DATABASE_SCHEDULER, choose_scheduler
from djcelery_loader.commandline.variants import make_beat, make_celerycam, make_events

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOREIGN = ("APP", "BROKER_URL", "RESULT_BACKEND", "LOADER", "CONFIG_MODULE", "WORKDIR")


def general_options(*arguments: str) -> dict[str, Any]:
    context = make_program().make_context("celery", [*arguments], auto_envvar_prefix="CELERY")
    found: dict[str, Any] = context.params
    return found


def options(command: click.Command, *arguments: str) -> dict[str, Any]:
    celerys_app: Any = Celery(set_as_current=False)
    context = click.Context(command, obj=type("Object", (), {"app": celerys_app}))
    command.parse_args(context, [*arguments])
    return context.params


@pytest.mark.parametrize("variable", [*FOREIGN, "SKIP_CHECKS", "NO_COLOR", "QUIET", "VERSION"])
def test_a_variable_that_is_not_celerys_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    for name in (*FOREIGN, "SKIP_CHECKS"):
        monkeypatch.delenv(f"CELERY_{name}", raising=False)
    before = general_options()

    monkeypatch.setenv(variable, "something")

    assert general_options() == before


@pytest.mark.parametrize("name", ["app", "broker", "result_backend"])
def test_a_variable_of_celerys_is_heeded(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"CELERY_{name.upper()}", "something")

    assert general_options()[name] == "something"


@pytest.mark.parametrize("name", ["VERSION", "SKIP_CHECKS"])
def test_a_variable_whose_any_value_has_a_meaning_is_no_bad_flag(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(f"CELERY_{name}", "5.7")

    assert general_options()[name.lower()] is False


def test_d_means_dump_and_nothing_else() -> None:
    with warnings.catch_warnings(action="error"):
        found = options(make_events(), "-d")

    assert (found["dump"], found["detach"]) == (True, False)


def test_f_is_the_frequency_of_the_camera_and_logfile_the_log() -> None:
    found = options(make_celerycam(), "-f", "2.5", "--logfile", "cam.log")

    assert (found["frequency"], found["logfile"]) == (2.5, "cam.log")


def test_options_that_an_app_adds_are_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = celery.commands["worker"]
    monkeypatch.setattr(worker, "params", list(worker.params))
    app: Any = Celery("added", broker="memory://")
    app.user_options["worker"].add(click.Option(["--shop"]))
    program = make_program()

    for _ in range(2):
        program.main(["report"], standalone_mode=False)

    assert [param.name for param in program.commands["worker"].params].count("shop") == 1


def test_the_scheduler_that_is_given_goes_before_all() -> None:
    app = Celery(set_as_current=False, beat_scheduler="configured")

    assert choose_scheduler(app, "given") == "given"


@pytest.fixture
def _our_scheduler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """An app by the name of the component that brings the scheduler."""
    package = ModuleType("djcelery_beat")
    package.__path__ = [str(tmp_path)]
    monkeypatch.setitem(sys.modules, package.__name__, package)
    with modify_settings(INSTALLED_APPS={"append": package.__name__}):
        yield


@pytest.mark.usefixtures("_our_scheduler")
@pytest.mark.parametrize("name", ["CELERYBEAT_SCHEDULER", "CELERY_BEAT_SCHEDULER"])
def test_the_scheduler_in_the_settings_goes_before_ours(
    settings: Any, make_app: Any, name: str
) -> None:
    setattr(settings, name, "configured")

    assert choose_scheduler(make_app("C"), None) == "configured"


@pytest.mark.usefixtures("_our_scheduler")
def test_our_scheduler_goes_before_celerys(make_app: Any) -> None:
    assert choose_scheduler(make_app("C"), None) == DATABASE_SCHEDULER


@pytest.mark.usefixtures("_our_scheduler")
def test_beat_uses_the_scheduler_that_is_chosen() -> None:
    assert options(make_beat())["scheduler"] == DATABASE_SCHEDULER


@modify_settings(INSTALLED_APPS={"remove": "djcelery_beat"})
def test_without_ours_the_scheduler_is_celerys(make_app: Any) -> None:
    assert choose_scheduler(make_app("C"), None) == "celery.beat:PersistentScheduler"
