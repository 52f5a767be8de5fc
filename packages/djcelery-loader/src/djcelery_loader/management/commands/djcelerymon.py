"""The monitor in the Django admin and the camera, in one process."""

from __future__ import annotations

import sys
from argparse import REMAINDER
from typing import TYPE_CHECKING, Any

import click
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from djcelery_loader.commandline.components import run_monitor

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Serves the Django admin and writes what the events of the workers tell, in one process."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("args", nargs=REMAINDER, help="[address:]port and options of celerycam")

    def run_from_argv(self, argv: list[str]) -> None:
        if {"-h", "--help"}.intersection(argv):
            self.print_help(argv[0], argv[1])
            return
        try:
            sys.exit(run_monitor(argv[2:]))
        except click.ClickException as error:
            error.show()
            sys.exit(error.exit_code)
        finally:
            connections.close_all()

    def handle(self, *args: str, **_options: Any) -> None:
        try:
            run_monitor(args)
        except click.ClickException as error:
            raise CommandError(error.format_message(), returncode=error.exit_code) from error
