"""``manage.py djcelery_purge``: delete results that have expired, and show what went."""

from __future__ import annotations

from argparse import ArgumentTypeError
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final

from celery import current_app
from django.core.management.base import BaseCommand, CommandError
from django.db import connections, router
from django.db.models import Q
from djcelery_models.deletion import LARGEST
from djcelery_utils.ages import age
from djcelery_utils.databases import DATABASE_ERRORS

from djcelery_backends.database import DatabaseBackend
from djcelery_backends.errors import BackendError
from djcelery_backends.expired import expired
from djcelery_backends.missing import migrations_named
from djcelery_backends.progress import ProgressBar
from djcelery_backends.retention import misspelt
from djcelery_backends.settings import get_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.management.base import CommandParser
    from django.db.models import QuerySet

    from djcelery_backends.expired import Share

ERRORS: tuple[type[Exception], ...] = (BackendError, *DATABASE_ERRORS)
INTERRUPTED: Final = 130
"""The exit code of a program that Ctrl-C has ended."""


class Command(BaseCommand):
    """Does what the nightly clean-up of the database backend does, or what its options say."""

    help = (
        "Delete results that have expired, in short transactions, while workers go on. Without "
        "options: what DJCELERY_BACKENDS_RETENTION and CELERY_RESULT_EXPIRES say. Exits with 0, "
        "with 1 after an error, and with 130 if it is interrupted; what is deleted stays deleted."
    )
    deleted = 0
    counted = 0

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="Delete nothing; say what would go."
        )
        parser.add_argument(
            "--older-than",
            type=age,
            metavar="AGE",
            help="Delete what was stored longer ago, such as 30d, 12h, 90m or 45s, whatever the "
            "settings say.",
        )
        parser.add_argument(
            "--state", type=state, help="Only results of tasks in this state; no groups."
        )
        parser.add_argument("--name", help="Only results of tasks of this name; no groups.")
        parser.add_argument(
            "--database",
            choices=tuple(connections),
            help="Which database to delete from; if not given, where results are written to.",
        )
        parser.add_argument(
            "--batch-size",
            type=size,
            default=LARGEST,
            metavar="ROWS",
            help="Rows in one transaction at the most (default: %(default)s); fewer are taken "
            "where they take long.",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        self.deleted = self.counted = 0
        try:
            for rows, selected in tables(options):
                with migrations_named(rows.db):
                    for share in expired(rows, **selected):
                        self.report(rows, share, options)
        except KeyboardInterrupt as error:
            raise CommandError(
                f"Interrupted: {self.deleted:,} deleted, and that is final. Run it again to go on.",
                returncode=INTERRUPTED,
            ) from error
        except ERRORS as error:
            raise CommandError(f"{self.deleted:,} deleted, then: {error}") from error
        if not options["verbosity"]:
            return
        if not options["dry_run"]:
            self.stdout.write(f"{self.deleted:,} deleted in all")
        elif not self.counted:
            self.stdout.write("Nothing would go")

    def report(self, rows: QuerySet[Any], share: Share, options: dict[str, Any]) -> None:
        """Delete, or count, the rows of ``share``, and say how many there are."""
        if options["dry_run"]:
            number, verb = share.count(), "would go"
            self.counted += number
        else:
            number, verb = self.delete(share, options), "deleted"
        if number and options["verbosity"]:
            table = rows.model._meta.db_table  # noqa: SLF001  # documented
            self.stdout.write(f"{table}: {number:,} {verb} ({share.reason})")

    def delete(self, share: Share, options: dict[str, Any]) -> int:
        """Delete the rows of ``share``, on a terminal with a bar. Returns how many there were."""
        before = self.deleted
        is_watched = options["verbosity"] and self.stdout.isatty()
        with ProgressBar(self.stdout, share.count()) if is_watched else nullcontext() as bar:
            for number in share.delete(largest=options["batch_size"]):
                self.deleted += number
                if bar is not None:
                    bar.advance(number)
        return self.deleted - before


def tables(options: dict[str, Any]) -> Iterator[tuple[QuerySet[Any], dict[str, Any]]]:
    """The rows of each table to purge, and what ``expired`` is to select of them."""
    age, state, name = options["older_than"], options["state"], options["name"]
    backend = database_backend(is_expiry_needed=age is None)
    rules = get_settings().retention if age is None else ()
    of = Q(**{key: value for key, value in (("status", state), ("name", name)) if value})
    expires = (backend.expires or None) if age is None else age
    models = [(backend.TaskModel, rules), (backend.TaskSetModel, ())]
    for model, of_model in models[:1] if state or name else models:
        using = options["database"] or router.db_for_write(model)
        rows = model._default_manager.using(using)  # noqa: SLF001  # documented
        yield rows, {"expires": expires, "rules": of_model, "of": of}


def database_backend(*, is_expiry_needed: bool) -> DatabaseBackend:
    """The backend of the current app, or one for the tables that it no longer writes to."""
    backend = current_app.backend
    if isinstance(backend, DatabaseBackend):
        return backend
    if is_expiry_needed:
        raise CommandError(
            f"The results of the current Celery app are kept by {type(backend).__name__}, not in "
            f"the database. Give --older-than to purge what is left there."
        )
    return DatabaseBackend(current_app)


def state(text: str) -> str:
    if known := misspelt(text):
        raise ArgumentTypeError(f"{text!r} is no state: the state is {known!r}")
    return text


def size(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError(f"{text!r} is no number of rows: give one such as 1000")
    return int(text)
