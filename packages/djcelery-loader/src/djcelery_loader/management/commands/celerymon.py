"""What came after celerymon."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

REPLACED = (
    "celerymon is no longer maintained and knows no Celery of today. In its place, run celerycam "
    "and look at the tasks and workers in the Django admin: "
    "pip install django-celery[snapshot,admin]"
)


class Command(BaseCommand):
    help = "Says what replaced celerymon."
    requires_system_checks = ()

    def run_from_argv(self, argv: list[str]) -> None:
        if {"-h", "--help"}.intersection(argv):
            self.print_help(argv[0], argv[1])
            return
        self.stderr.write(REPLACED)
        sys.exit(1)

    def handle(self, *_args: Any, **_options: Any) -> None:
        raise CommandError(REPLACED)
