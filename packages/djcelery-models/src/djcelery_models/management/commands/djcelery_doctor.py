"""``manage.py djcelery_doctor``: what stands in the way of ``migrate``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections
from djcelery_utils.databases import DATABASE_ERRORS

from djcelery_models.adoption import Diagnosis, diagnose
from djcelery_models.timezones import check_time_zone

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    """Prints SQL; what is meant for people stands in its comments."""

    help = (
        "Find what would stop migrate on a database of an old django-celery, and print the SQL "
        "that mends it. Changes nothing. Exits with 1 while there is something to mend."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help='Which database to look at; "default" if not given.',
        )

    def handle(self, *_args: Any, database: str, **_options: Any) -> None:
        try:
            diagnosis = diagnose(connections[database])
            warnings = check_time_zone(databases=[database])
        except DATABASE_ERRORS as error:
            raise CommandError(f"Database {database!r} cannot be read: {error}") from error
        self.show(diagnosis)
        for warning in warnings:
            self.comment(f"{warning.msg} {warning.hint}")
        if diagnosis.findings:
            raise CommandError(
                f"{len(diagnosis.findings)} to mend: make a backup, run the SQL, then look again."
            )
        self.comment(f"Nothing to mend. Next: {diagnosis.next_command or 'nothing to migrate'}")

    def show(self, diagnosis: Diagnosis) -> None:
        for finding in diagnosis.findings:
            self.comment(finding.problem)
            for statement in finding.statements:
                self.stdout.write(statement)
        if diagnosis.additions:
            self.comment(f"migrate adds by itself: {', '.join(diagnosis.additions)}")

    def comment(self, text: str) -> None:
        self.stdout.write(f"-- {text}")
