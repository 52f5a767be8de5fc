"""Each option of the programs of Celery 2.5 and 3.1 is accepted, or its way out is named."""

from __future__ import annotations

import click
import pytest
from djcelery_loader.commandline.djangooptions import TAKES_VALUE
from djcelery_loader.commandline.invocation import read
from djcelery_loader.commandline.program import make_program
from djcelery_loader.commandline.scanning import scan, takes_value

SHARED = "-A --app -b --broker --loader --config --workdir -q --quiet -C --no-color --version"
DAEMON = "-f --logfile --pidfile --uid --gid --umask --executable"
REMOTE = "-t --timeout -d --destination"
OPTIONS = {
    "worker": (
        "-c --concurrency -P --pool --purge --discard -l --loglevel -n --hostname -B --beat "
        "-s --schedule --scheduler -S --statedb -E --events --time-limit --soft-time-limit "
        "--maxtasksperchild -Q --queues -X --exclude-queues -I --include --autoscale "
        "--autoreload --without-gossip --without-mingle --without-heartbeat "
        f"--heartbeat-interval -O -D --detach {DAEMON}"
    ),
    "beat": f"--detach -s --schedule --max-interval -S --scheduler -l --loglevel {DAEMON}",
    "events": (
        f"-d --dump -c --camera --detach -F --frequency --freq -r --maxrate -l --loglevel {DAEMON}"
    ),
    "celerycam": "-f -F --frequency --freq --detach -r --maxrate -l --loglevel --logfile",
    "call": (
        "-a --args -k --kwargs --eta --countdown --expires --serializer --queue --exchange "
        "--routing-key"
    ),
    "purge": "-f --force",
    "result": "-t --task --traceback",
    "inspect": REMOTE,
    "control": REMOTE,
    "status": REMOTE,
    "migrate": ("-n --limit -t --timeout -a --ack-messages -T --tasks -Q --queues -F --forever"),
    "shell": "-I --ipython -B --bpython -P --python -T --without-tasks --eventlet --gevent",
    "amqp": "",
}
ACCEPTED = [
    (command, option)
    for command, options in OPTIONS.items()
    for option in f"{SHARED} {options}".split()
]
GONE = [("worker", "--no-execv", "--pool-start-method"), ("worker", "--fake", "C_FAKEFORK=1")]


@pytest.mark.parametrize(("command", "option"), ACCEPTED)
def test_an_old_option_that_still_has_a_meaning_is_one_that_celery_knows(
    command: str, option: str
) -> None:
    program = make_program()
    general, own = takes_value(program.params), takes_value(program.commands[command].params)

    found = read(
        [f"{option}=1" if option.startswith("--") else option, "1"],
        program=program,
        subcommand=command,
    )

    assert {item.option for item in scan(found.general, general)} - {None} <= general.keys()
    assert {item.option for item in scan(found.specific, own)} - {None} <= own.keys()


@pytest.mark.parametrize(("command", "option", "instead"), GONE)
def test_an_option_that_is_gone_is_an_error_that_says_what_to_use(
    command: str, option: str, instead: str
) -> None:
    with pytest.raises(click.UsageError, match=instead) as caught:
        read([option], program=make_program(), subcommand=command)

    assert caught.value.exit_code == 2


@pytest.mark.parametrize("given", [["--maxtasksperchild", "5"], ["--maxtasksperchild=5"]])
def test_a_renamed_option_keeps_its_value(given: list[str]) -> None:
    found = read(given, program=make_program(), subcommand="worker")

    assert found.specific == ["--max-tasks-per-child=5"]


def test_django_and_celery_share_no_option_that_takes_a_value() -> None:
    program = make_program()
    ours = {option for option, has_value in TAKES_VALUE.items() if has_value}

    theirs = {
        option
        for command in [program, *program.commands.values()]
        for option in takes_value(command.params)
    }

    assert not ours & theirs
