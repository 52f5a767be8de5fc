"""Why an entry ran, or did not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections, router
from djcelery_models.errors import BadRow
from djcelery_models.models import PeriodicTask, PeriodicTaskRun
from djcelery_models.preview import preview
from djcelery_utils.ages import age

from djcelery_beat.clock import DatabaseClock
from djcelery_beat.settings import get_settings
from djcelery_beat.status import beats

NEXT = 3
LONGEST = timedelta(days=365 * 1_000)


class Command(BaseCommand):
    help = "Says what became of the runs of a periodic task, and what comes next."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="of the entry")
        parser.add_argument(
            "--since", type=age, default="1d", help="how far back: 30m, 12h, 7d (default 1d)"
        )
        parser.add_argument(
            "--database", choices=list(connections), help="default: where the schedule is written"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        using = options["database"] or router.db_for_write(PeriodicTask)
        now = DatabaseClock(using).now()
        entry = find(options["name"], using)
        self.stdout.write(f"{entry.name}: {entry.task}, {of_schedule(entry)}")
        for line in state(entry, using, now):
            self.stdout.write(line)
        self.tell_runs(entry, using, now - min(options["since"], LONGEST))
        self.tell_next(entry, now)

    def tell_runs(self, entry: PeriodicTask, using: str, since: Any) -> None:
        kept = get_settings().ledger
        runs = PeriodicTaskRun.objects.using(using).filter(entry=entry, last_due_at__gte=since)
        found = False
        for run in runs.order_by("due_at").iterator():
            found = True
            self.stdout.write(f"  {of_run(run)}")
        if not found:
            why = "" if kept == "all" else f" (DJCELERY_BEAT_LEDGER is {kept!r})"
            self.stdout.write(f"  nothing since {moment(since)}{why}")

    def tell_next(self, entry: PeriodicTask, now: Any) -> None:
        if not entry.enabled:
            return
        try:
            runs = preview(entry, NEXT, now=now)
        except BadRow as error:
            self.stdout.write(f"next: never, {error.reason}")
            return
        for run in runs:
            change = f" ({run.clock_change})" if run.clock_change else ""
            self.stdout.write(f"next: {moment(run.due)}{change}")


def find(name: str, using: str) -> PeriodicTask:
    entries = PeriodicTask.objects.using(using)
    entry = entries.filter(name=name).first()
    if entry is None:
        alike = list(entries.filter(name__icontains=name).values_list("name", flat=True)[:5])
        hint = f" Alike are: {', '.join(alike)}." if alike else ""
        raise CommandError(f"There is no entry of the name {name!r}.{hint}")
    return entry


def state(entry: PeriodicTask, using: str, now: Any) -> list[str]:
    """What holds for the entry as a whole."""
    told = []
    if not entry.enabled:
        told.append(f"disabled: {entry.disabled_reason or 'by hand'}")
    if entry.paused_at:
        told.append(f"paused since {moment(entry.paused_at)}")
    if entry.failures:
        told.append(f"failures to send, one after the other: {entry.failures}")
    if entry.remark:
        told.append(f"remark: {entry.remark}")
    if not beats(using, now):
        told.append("no beat is running")
    return told


def of_schedule(entry: PeriodicTask) -> str:
    try:
        return str(entry.one_schedule)
    except BadRow as error:
        return error.reason


def of_run(run: PeriodicTaskRun) -> str:
    reason = f": {run.reason}" if run.reason else ""
    if run.task_id:
        return f"{moment(run.due_at)}  {run.outcome} as task {run.task_id}{reason}"
    span = "" if run.count == 1 else f" to {moment(run.last_due_at)}, {run.count} runs"
    return f"{moment(run.due_at)}{span}  {run.get_outcome_display()}{reason}"


def moment(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S} UTC"
