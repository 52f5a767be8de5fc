"""Whether beat is at work, and keeps up."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections, router
from djcelery_models.models import PeriodicTask

from djcelery_beat.clock import DatabaseClock
from djcelery_beat.status import beats, late_entries

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Lists the beats that have looked within the last minute and the entries that are late. "
        "Exits with 1 if there is no such beat, or an entry is late beyond its grace."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--database", choices=list(connections), help="default: where the schedule is written"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        using = options["database"] or router.db_for_write(PeriodicTask)
        now = DatabaseClock(using).now()
        living = beats(using, now)
        for beat in living:
            self.stdout.write(str(beat))
        late = late_entries(using, now, most=SHOWN + 1)
        for entry in late[:SHOWN]:
            self.stdout.write(self.style.WARNING(str(entry)))
        if len(late) > SHOWN:
            self.stdout.write("…")
        if not living:
            raise CommandError("No beat is at work: start one with `manage.py celerybeat`.")
        if late:
            raise CommandError(f"Entries are late: {len(late) if len(late) <= SHOWN else 'many'}.")
        self.stdout.write(self.style.SUCCESS("Beat keeps up."))
