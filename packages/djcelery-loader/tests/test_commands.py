"""The management commands, called in a process that lives on."""

from __future__ import annotations

import os
from importlib import import_module
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from celery import current_app
from django.core.management import CommandError, call_command
from djcelery_loader.commandline.mirror import given_arguments
from djcelery_loader.commandline.program import make_program

if TYPE_CHECKING:
    from django.core.management.base import BaseCommand

NAMES = (
    "celery",
    "celerybeat",
    "celerycam",
    "celeryctl",
    "celeryd",
    "celeryd_detach",
    "celeryd_multi",
    "celeryev",
    "celerymon",
    "camqadm",
    "djcelerymon",
)
IN_ITS_PLACE = {
    "celerycam": r"pip install django-celery\[snapshot\]",
    "djcelerymon": r"pip install django-celery\[admin\]",
    "celerymon": "celerycam",
}


@pytest.fixture(autouse=True)
def _broker_in_memory(settings: Any) -> None:
    settings.CELERY_BROKER_URL = "memory://"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"max_retries": 1, "interval_start": 0}


def make_command(name: str) -> BaseCommand:
    module = import_module(f"djcelery_loader.management.commands.{name}")
    command: BaseCommand = module.Command()
    return command


@pytest.mark.parametrize("name", NAMES)
def test_a_command_has_a_parser_for_completion(name: str) -> None:
    parser = make_command(name).create_parser("manage.py", name)

    assert "--settings" in parser.format_help()


def test_the_parser_knows_the_options_of_celery() -> None:
    parser = make_command("celeryd").create_parser("manage.py", "celeryd")

    found = vars(parser.parse_args(["-c", "2", "-E", "--broker", "memory://", "-l", "INFO"]))

    assert found["concurrency"] == "2"
    assert found["task_events"] is True
    assert found["broker"] == "memory://"


def test_options_given_by_name_are_put_on_the_command_line() -> None:
    params = make_program().commands["beat"].params
    given = {"loglevel": "INFO", "detach": True, "remote_control": False, "max_interval": None}

    assert given_arguments(params, given) == [
        "--detach",
        "--no-enable-remote-control",
        "--loglevel=INFO",
    ]


def test_a_list_is_given_as_celery_reads_it() -> None:
    params = make_program().commands["worker"].params

    assert given_arguments(params, {"queues": ["a", "b"]}) == ["--queues=a,b"]


def test_a_command_prints_where_the_caller_says() -> None:
    printed = StringIO()

    call_command("celeryctl", "report", stdout=printed)

    assert "djcelery_loader.loader.DjangoLoader" in printed.getvalue()


def test_an_error_is_a_command_error_with_the_exit_code_of_celery() -> None:
    with pytest.raises(CommandError, match="No nodes replied") as caught:
        call_command("celeryctl", "status", "--timeout", "0.1")

    assert caught.value.returncode == 69


def test_a_broker_holds_for_one_command_only() -> None:
    call_command("celery", "purge", "-f")

    with pytest.raises(CommandError, match="Connection refused"):
        call_command("celery", "status", broker="amqp://127.0.0.1:1//")

    assert "CELERY_BROKER_URL" not in os.environ
    assert current_app.connection_for_write().as_uri() == "memory://:**@localhost//"
    call_command("celery", "purge", "-f")


@pytest.mark.parametrize(("name", "instead"), IN_ITS_PLACE.items())
def test_a_command_without_its_component_says_what_to_do(name: str, instead: str) -> None:
    with pytest.raises(CommandError, match=instead) as caught:
        call_command(name)

    assert caught.value.returncode == 1


@pytest.mark.parametrize(
    "given", [["celeryd", "-D"], ["celeryd", "--autoreload"], ["celeryd_multi"]]
)
def test_what_needs_processes_of_its_own_is_refused(given: list[str]) -> None:
    with pytest.raises(CommandError, match=r"manage\.py"):
        call_command(*given)


def test_detaching_and_reloading_exclude_each_other() -> None:
    with pytest.raises(CommandError, match="foreground"):
        call_command("celeryd", "--autoreload", "--detach")
