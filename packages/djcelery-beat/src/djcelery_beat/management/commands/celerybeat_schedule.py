"""The entries of the settings and of files, and the database."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from celery import current_app
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import router, transaction
from djcelery_models.models import PeriodicTask

from djcelery_beat import codeschedule, transfer
from djcelery_beat.clock import DatabaseClock
from djcelery_beat.codeentries import apply_entry, change_of, read_entries
from djcelery_beat.errors import BadCodeEntry


class Command(BaseCommand):
    help = (
        "plan: shows what a start of beat would write of the entries in the settings; apply: "
        "writes it; export: writes all entries as JSON; import: reads such JSON."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for name, text in (
            ("plan", "what a start of beat would write"),
            ("apply", "write it"),
            ("export", "all entries as JSON"),
            ("import", "write the entries of a file that export has made"),
        ):
            action = actions.add_parser(name, help=text)
            if name in ("export", "import"):
                action.add_argument("file", nargs="?", help="default: standard output and input")

    def handle(self, *_args: Any, **options: Any) -> None:
        current_app.loader.import_default_modules()
        getattr(self, f"do_{options['action']}")(options)

    def do_plan(self, _options: Any) -> None:
        lines, errors = self.differences()
        for line in lines:
            self.stdout.write(line)
        if not lines:
            self.stdout.write("Nothing would be written.")
        complain(errors)

    def do_apply(self, _options: Any) -> None:
        lines, errors = self.differences(is_kept=True)
        schedule, using = codeschedule.code_schedule(current_app), using_now()
        codeschedule.retire(using, list(schedule), DatabaseClock(using).now())
        for line in lines:
            self.stdout.write(line)
        self.stdout.write(self.style.SUCCESS(f"Written: {len(lines)} differences."))
        complain(errors)

    def differences(self, *, is_kept: bool = False) -> tuple[list[str], list[BadCodeEntry]]:
        """What writing the entries changes, and what is wrong with them; written if ``is_kept``."""
        schedule, using = codeschedule.code_schedule(current_app), using_now()
        gone = codeschedule.unlisted(using, list(schedule), DatabaseClock(using).now())
        entries, errors = read_entries(schedule)
        lines = []
        for entry in entries:
            row = PeriodicTask.objects.using(using).filter(name=entry.name).first()
            changed = change_of(row, entry)
            try:
                with transaction.atomic(using=using):
                    apply_entry(entry)
                    transaction.set_rollback(not is_kept, using=using)
            except BadCodeEntry as error:
                errors.append(error)
                continue
            if row is None:
                lines.append(f"+ {entry.name}: {entry.columns['task']}, {entry.state['schedule']}")
            lines += [
                f"~ {entry.name}: {name} becomes {value!r}"
                for name, value in sorted(changed.items())
                if row is not None
            ]
        return [*lines, *(f"- {name}: disabled" for name in gone)], errors

    def do_export(self, options: Any) -> None:
        text = json.dumps(transfer.exported(using_now()), indent=2, ensure_ascii=False) + "\n"
        if options["file"] is None:
            self.stdout.write(text, ending="")
        else:
            try:
                Path(options["file"]).write_text(text, encoding="utf-8")
            except OSError as error:
                raise CommandError(f"Nothing was exported: {error}") from error

    def do_import(self, options: Any) -> None:
        try:
            text = Path(options["file"]).read_text("utf-8") if options["file"] else sys.stdin.read()
            number = transfer.imported(json.loads(text), using_now())
        except (OSError, ValueError, RecursionError) as error:
            raise CommandError(f"Nothing was imported: {error}") from error
        self.stdout.write(self.style.SUCCESS(f"Imported: {number} entries."))


def using_now() -> str:
    return router.db_for_write(PeriodicTask)


def complain(errors: list[BadCodeEntry]) -> None:
    if errors:
        raise CommandError("\n".join(map(str, errors)))
