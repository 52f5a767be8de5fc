"""Options reach whom they are for, wherever they stand among the arguments."""

from __future__ import annotations

import click
import pytest
from djcelery_loader.commandline.invocation import Invocation, read
from djcelery_loader.commandline.program import make_program

BROKER = "amqp://127.0.0.1/5"


def invoked(*arguments: str, subcommand: str | None = None) -> Invocation:
    return read(arguments, program=make_program(), subcommand=subcommand)


@pytest.mark.parametrize(
    "arguments",
    [
        ["-b", BROKER, "-l", "INFO"],
        ["-l", "INFO", "-b", BROKER],
        ["-l", "INFO", f"-b{BROKER}"],
        ["--broker", BROKER, "-l", "INFO"],
        ["-l", "INFO", f"--broker={BROKER}"],
    ],
)
def test_the_broker_may_stand_anywhere(arguments: list[str]) -> None:
    context = make_program().make_context(
        "celery", invoked(*arguments, subcommand="worker").arguments
    )

    assert context.params["broker"] == BROKER
    assert [*context._protected_args, *context.args] == ["worker", "-l", "INFO"]


@pytest.mark.parametrize("option", ["--settings", "--pythonpath", "--verbosity", "-v"])
@pytest.mark.parametrize("command", ["celeryd", "celery worker"])
def test_an_option_of_django_is_no_argument_of_celery(option: str, command: str) -> None:
    before = command.split()[1:]
    subcommand = None if before else "worker"

    found = invoked(*before, "-E", option, "2", "-B", subcommand=subcommand)

    assert found.arguments == ["worker", "-E", "-B"]


def test_the_options_of_django_are_told() -> None:
    found = invoked("status", "--traceback", "-v2", "--settings=conf.dev").django

    assert (found.traceback, found.verbosity, found.settings) == (True, "2", "conf.dev")


def test_an_option_that_a_command_has_itself_is_not_taken_for_django() -> None:
    assert invoked("result", "an-id", "--traceback").specific == ["an-id", "--traceback"]


def test_what_apply_did_is_done_by_call() -> None:
    assert invoked("apply", "shop.tasks.add").arguments == ["call", "shop.tasks.add"]


@pytest.mark.parametrize("order", ["enable_events", "cancel_consumer"])
def test_an_order_that_inspect_took_is_given_by_control(order: str) -> None:
    assert invoked("inspect", order, "-t", "2").arguments == ["control", order, "-t", "2"]


def test_registered_tasks_is_asked_by_its_name_of_today() -> None:
    assert invoked("inspect", "registered_tasks").arguments == ["inspect", "registered"]


def test_help_may_be_a_word() -> None:
    found = invoked("help", "worker")

    assert (found.subcommand, found.django.help) == ("worker", True)


def test_a_program_without_a_command_has_none() -> None:
    assert invoked("-C").subcommand is None


@pytest.mark.parametrize("arguments", [["-b"], ["--settings"], ["-v", "4"]])
def test_a_value_that_lacks_or_is_wrong_is_an_error_of_usage(arguments: list[str]) -> None:
    with pytest.raises(click.UsageError):
        invoked(*arguments, subcommand="worker")


def test_the_names_and_signals_of_multi_are_left_as_they_are() -> None:
    given = ["restart", "w1", "w2", "-KILL", "-c:1", "3", "-c", "2", "-Q:w1", "a,b"]

    assert invoked(*given, subcommand="multi").specific == given


def test_multi_takes_a_long_option_with_its_value_behind_it() -> None:
    found = invoked("start", "2", "--loglevel", "INFO", "--broker", BROKER, subcommand="multi")

    assert found.specific == ["start", "2", "--loglevel=INFO"]
    assert found.general == [f"--broker={BROKER}"]
