"""The base of the management commands that run a command of Celery's."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from celery import VERSION_BANNER
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from djcelery_loader.__about__ import __version__

from .help import django_section, general_section
from .invocation import Invocation, read
from .leftovers import tidied_up
from .mirror import add_options, given_arguments
from .multi import run_multi, show_multi_help
from .program import Program, make_program
from .relaunch import Relaunch, let_celery_restart, this_program
from .running import run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.management.base import CommandParser


class CeleryCommand(BaseCommand):
    """Runs a sub-command of ``celery``, or all of the program, and takes Django's options too.

    subcommand: what the management command stands for; None where its first word says it.
    implied: arguments that are always given. alone: those for the sub-command where there are none.
    restarted_as: the management command that does the same without ``implied``.
    """

    requires_system_checks = ()  # Celery has them run before it imports the tasks
    subcommand: str | None = None
    implied: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    restarted_as: str | None = None

    def get_version(self) -> str:
        return f"celery {VERSION_BANNER}\ndjcelery-loader {__version__}"

    def run_from_argv(self, argv: list[str]) -> None:
        connections.close_all()  # a worker or beat in the background must not inherit any
        try:
            self._run(argv)
        except click.ClickException as error:
            error.show()
            sys.exit(error.exit_code)
        finally:
            connections.close_all()

    def print_help(self, prog_name: str, subcommand: str) -> None:
        """Show Celery's options and Django's: for ``manage.py help``."""
        self.run_from_argv([prog_name, subcommand, "--help"])

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """For completion and ``call_command``: on the command line it is click that parses."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        add_options(parser, self._params(make_program()))
        return parser

    def handle(self, *args: str, **options: Any) -> None:
        """Run in this process, for ``call_command``. Raises CommandError if it fails."""
        program = make_program(alias=self.subcommand)
        given = given_arguments(self._params(program), options)
        try:
            invocation = self._read([*given, *args], program)
            if invocation.subcommand == "multi":
                raise click.UsageError("The nodes are started by manage.py: run it in a process.")
            with redirect_stdout(options.get("stdout") or sys.stdout), tidied_up():
                code = run(program, invocation, prog_name=self._name(), standalone=False)
        except click.ClickException as error:
            raise CommandError(error.format_message(), returncode=error.exit_code) from error
        if isinstance(code, int) and code:
            raise CommandError(f"celery ended with exit code {code}", returncode=code)

    def _name(self) -> str:
        return type(self).__module__.rpartition(".")[2]

    def _run(self, argv: Sequence[str]) -> None:
        prog_name = f"{Path(argv[0]).name} {argv[1]}"
        relaunch = Relaunch(
            program=this_program(), command=self.restarted_as or argv[1], arguments=argv[2:]
        )
        program = make_program(relaunch, alias=self.subcommand)
        invocation = self._read(argv[2:], program)
        if invocation.django.version:
            self.stdout.write(self.get_version())
        elif invocation.django.help:
            self._show_help(program, invocation, prog_name)
        elif invocation.subcommand == "multi":
            sys.exit(run_multi(invocation, program=relaunch.program, prog_name=prog_name))
        else:
            let_celery_restart(relaunch.program)
            run(program, invocation, prog_name=prog_name, standalone=True)

    def _read(self, arguments: Sequence[str], program: Program) -> Invocation:
        given = [*self.implied, *arguments]
        invocation = read(given, program=program, subcommand=self.subcommand)
        if invocation.specific or invocation.django.help:
            return invocation
        return replace(invocation, specific=[*self.alone])

    def _params(self, program: Program) -> list[click.Parameter]:
        own = program.commands[self.subcommand].params if self.subcommand else []
        return [*program.params, *own]

    def _show_help(self, program: Program, invocation: Invocation, prog_name: str) -> None:
        if invocation.subcommand == "multi":
            show_multi_help(prog_name)
        else:
            self._show_celerys_help(program, invocation, prog_name)
        actions = super().create_parser("", "")._actions  # noqa: SLF001  # no public list of them
        self.stdout.write(f"\n{django_section(actions, program)}", ending="")

    def _show_celerys_help(self, program: Program, invocation: Invocation, prog_name: str) -> None:
        asked = replace(invocation, specific=[*invocation.specific, "--help"])
        try:
            run(program, asked, prog_name=prog_name, standalone=True)
        except SystemExit as end:
            if end.code:
                raise
        if invocation.subcommand is not None:
            self.stdout.write(f"\n{general_section(program, prog_name)}", ending="")
