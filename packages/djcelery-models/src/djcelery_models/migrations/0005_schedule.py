"""Entries that beat finds by when they are due, all kinds of schedules, and the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import migrations, models, router

from djcelery_models.identifier import IdentifierField
from djcelery_models.utcdatetime import UTCDateTimeField

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NO_SCHEDULE = "It had no schedule when the database was taken over."
NEW_KINDS = ("solar", "clocked")


def mend_old_entries(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """An entry with an interval and a crontab keeps the interval, as beat ran it."""
    for entries in _entries(apps, schema_editor):
        entries.filter(interval__isnull=False, crontab__isnull=False).update(crontab=None)
        none = entries.filter(interval=None, crontab=None, enabled=True)
        none.update(enabled=False, disabled_reason=NO_SCHEDULE)
        schema_editor.connection.check_constraints()  # PostgreSQL alters no table before


def disable_new_kinds(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """An older release knows neither solar events nor moments: their entries would have nothing."""
    for entries in _entries(apps, schema_editor):
        for kind in NEW_KINDS:
            known = entries.filter(**{f"{kind}__isnull": False})
            known.update(enabled=False, **{kind: None})
        schema_editor.connection.check_constraints()


def _entries(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> list[Any]:
    """The entries of this database, if they are here."""
    entry = apps.get_model("djcelery", "PeriodicTask")
    alias = schema_editor.connection.alias
    is_here = router.allow_migrate_model(alias, entry)
    return [entry._default_manager.using(alias)] if is_here else []  # noqa: SLF001  # documented


class Migration(migrations.Migration):
    dependencies = (("djcelery", "0004_extended_results_and_chords"),)

    operations = (
        migrations.CreateModel(
            name="BeatProcess",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.CharField(editable=False, max_length=64, unique=True)),
                ("hostname", IdentifierField(verbose_name="hostname")),
                ("pid", models.PositiveIntegerField(verbose_name="process id")),
                ("version", models.CharField(max_length=32, verbose_name="version")),
                ("started_at", UTCDateTimeField(verbose_name="started")),
                ("last_tick_at", UTCDateTimeField(db_index=True, verbose_name="last looked")),
                (
                    "ended_at",
                    UTCDateTimeField(
                        help_text="In good order: one that was killed has not said so",
                        null=True,
                        verbose_name="ended",
                    ),
                ),
                ("sent", models.BigIntegerField(default=0, verbose_name="runs sent")),
                (
                    "clock_drift_seconds",
                    models.FloatField(
                        default=0, verbose_name="clock ahead of the database, seconds"
                    ),
                ),
                (
                    "code_entries",
                    models.TextField(
                        default="[]",
                        help_text="JSON list of their names",
                        verbose_name="entries of the settings",
                    ),
                ),
            ],
            options={
                "verbose_name": "beat",
                "verbose_name_plural": "beats",
            },
        ),
        migrations.CreateModel(
            name="ClockedSchedule",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                (
                    "unique_key",
                    models.CharField(editable=False, max_length=64, null=True, unique=True),
                ),
                ("clocked_time", UTCDateTimeField(verbose_name="moment")),
            ],
            options={
                "verbose_name": "moment",
                "verbose_name_plural": "moments",
                "ordering": ("clocked_time",),
            },
        ),
        migrations.CreateModel(
            name="SolarSchedule",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                (
                    "unique_key",
                    models.CharField(editable=False, max_length=64, null=True, unique=True),
                ),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("dawn_astronomical", "Astronomical dawn"),
                            ("dawn_civil", "Civil dawn"),
                            ("dawn_nautical", "Nautical dawn"),
                            ("dusk_astronomical", "Astronomical dusk"),
                            ("dusk_civil", "Civil dusk"),
                            ("dusk_nautical", "Nautical dusk"),
                            ("solar_noon", "Solar noon"),
                            ("sunrise", "Sunrise"),
                            ("sunset", "Sunset"),
                        ],
                        max_length=24,
                        verbose_name="event",
                    ),
                ),
                (
                    "latitude",
                    models.DecimalField(
                        decimal_places=6,
                        max_digits=9,
                        validators=[MinValueValidator(-90), MaxValueValidator(90)],
                        verbose_name="latitude",
                    ),
                ),
                (
                    "longitude",
                    models.DecimalField(
                        decimal_places=6,
                        max_digits=9,
                        validators=[MinValueValidator(-180), MaxValueValidator(180)],
                        verbose_name="longitude",
                    ),
                ),
            ],
            options={
                "verbose_name": "solar event",
                "verbose_name_plural": "solar events",
                "ordering": ("event", "latitude", "longitude"),
            },
        ),
        migrations.AddField(
            model_name="crontabschedule",
            name="timezone",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="A name such as Europe/Berlin; empty for CELERY_TIMEZONE",
                max_length=63,
                verbose_name="time zone",
            ),
        ),
        migrations.AddField(
            model_name="crontabschedule",
            name="unique_key",
            field=models.CharField(editable=False, max_length=64, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="intervalschedule",
            name="unique_key",
            field=models.CharField(editable=False, max_length=64, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="check_at",
            field=UTCDateTimeField(editable=False, null=True, verbose_name="looked at"),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="claimed_by",
            field=models.CharField(editable=False, max_length=64, null=True),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="claimed_until",
            field=UTCDateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="code_state",
            field=models.TextField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="disabled_reason",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                verbose_name="disabled because",
            ),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="expire_seconds",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="A message that no worker takes in that time is not run",
                null=True,
                verbose_name="expires after seconds",
            ),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="failures",
            field=models.PositiveIntegerField(
                db_default=0, default=0, editable=False, verbose_name="failures to send"
            ),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="headers",
            field=models.TextField(
                blank=True,
                db_default="{}",
                default="{}",
                help_text="JSON encoded headers of the message",
                verbose_name="headers",
            ),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="jitter_seconds",
            field=models.PositiveIntegerField(
                db_default=0,
                default=0,
                help_text="Put each run off by a part of this",
                verbose_name="jitter, seconds",
            ),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="last_due_at",
            field=UTCDateTimeField(editable=False, null=True, verbose_name="last due"),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="max_failures",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Disable the entry after so many failures to send, one after the other",
                null=True,
                verbose_name="most failures",
            ),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="misfire",
            field=models.CharField(
                choices=[
                    ("run_once", "run once for all that were missed"),
                    ("skip", "skip what was missed"),
                    ("run_all", "run each that was missed"),
                ],
                db_default="run_once",
                default="run_once",
                max_length=16,
                verbose_name="missed runs",
            ),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="misfire_grace_seconds",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="How late a run may be; empty: any age to run once, an hour to run all",
                null=True,
                verbose_name="grace for missed runs, seconds",
            ),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="next_run_at",
            field=UTCDateTimeField(editable=False, null=True, verbose_name="next run"),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="one_off",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Disable the entry once it has run",
                verbose_name="one-off task",
            ),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="overlap",
            field=models.CharField(
                choices=[("allow", "run all the same"), ("skip", "skip the run")],
                db_default="allow",
                default="allow",
                max_length=16,
                verbose_name="overlap",
            ),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="overlap_max_seconds",
            field=models.PositiveIntegerField(
                db_default=86400,
                default=86400,
                help_text="A run that is not finished by then no longer keeps the next one",
                verbose_name="longest run, seconds",
            ),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="paused_at",
            field=UTCDateTimeField(blank=True, null=True, verbose_name="paused at"),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="planned_by",
            field=models.CharField(editable=False, max_length=64, null=True),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="priority",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Of the message, from 0 to 255; what it means is up to the broker",
                null=True,
                validators=[MaxValueValidator(255)],
                verbose_name="priority",
            ),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="remark",
            field=models.TextField(
                blank=True, db_default="", default="", editable=False, verbose_name="remark"
            ),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="start_time",
            field=UTCDateTimeField(
                blank=True,
                help_text="Not before; intervals count from here",
                null=True,
                verbose_name="start",
            ),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="uid",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="intervalschedule",
            name="every",
            field=models.IntegerField(validators=[MinValueValidator(1)], verbose_name="every"),
        ),
        migrations.AlterField(
            model_name="periodictask",
            name="crontab",
            field=models.ForeignKey(
                blank=True,
                help_text="Use one of interval, crontab, solar, clocked",
                null=True,
                on_delete=models.PROTECT,
                to="djcelery.crontabschedule",
                verbose_name="crontab",
            ),
        ),
        migrations.AlterField(
            model_name="periodictask",
            name="name",
            field=IdentifierField(
                help_text="Useful description",
                unique=True,
                validators=[MaxLengthValidator(200)],
                verbose_name="name",
            ),
        ),
        migrations.AddField(
            model_name="periodictask",
            name="clocked",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=models.PROTECT,
                to="djcelery.clockedschedule",
                verbose_name="moment",
            ),
        ),
        migrations.CreateModel(
            name="PeriodicTaskRun",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("due_at", UTCDateTimeField(db_index=True, verbose_name="due")),
                ("last_due_at", UTCDateTimeField(verbose_name="last due")),
                ("count", models.PositiveIntegerField(default=1, verbose_name="number of runs")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("sent", "sent"),
                            ("paused", "skipped: the entry was paused"),
                            ("misfire", "skipped: beat looked too late"),
                            ("overlap", "skipped: the run before was not finished"),
                            ("expired", "skipped: the entry had expired"),
                            ("broken", "skipped: the entry cannot be run"),
                            ("not_sent", "could not be sent"),
                        ],
                        max_length=16,
                        verbose_name="outcome",
                    ),
                ),
                ("reason", models.TextField(blank=True, default="", verbose_name="reason")),
                ("sent_at", UTCDateTimeField(null=True, verbose_name="sent")),
                ("task_id", IdentifierField(null=True, verbose_name="task id")),
                (
                    "entry",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=models.CASCADE,
                        related_name="runs",
                        to="djcelery.periodictask",
                    ),
                ),
            ],
            options={
                "verbose_name": "run of a periodic task",
                "verbose_name_plural": "runs of periodic tasks",
            },
        ),
        migrations.AddField(
            model_name="periodictask",
            name="solar",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=models.PROTECT,
                to="djcelery.solarschedule",
                verbose_name="solar event",
            ),
        ),
        migrations.RunPython(mend_old_entries, disable_new_kinds),
        migrations.AddIndex(
            model_name="periodictask",
            index=models.Index(fields=["enabled", "check_at"], name="djcelery_periodictask_due"),
        ),
        migrations.AddIndex(
            model_name="periodictask",
            index=models.Index(fields=["date_changed"], name="djcelery_periodictask_changed"),
        ),
        migrations.AddConstraint(
            model_name="periodictask",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("clocked__isnull", True),
                        ("crontab__isnull", True),
                        ("interval__isnull", False),
                        ("solar__isnull", True),
                    ),
                    models.Q(
                        ("clocked__isnull", True),
                        ("crontab__isnull", False),
                        ("interval__isnull", True),
                        ("solar__isnull", True),
                    ),
                    models.Q(
                        ("clocked__isnull", True),
                        ("crontab__isnull", True),
                        ("interval__isnull", True),
                        ("solar__isnull", False),
                    ),
                    models.Q(
                        ("clocked__isnull", False),
                        ("crontab__isnull", True),
                        ("interval__isnull", True),
                        ("solar__isnull", True),
                    ),
                    models.Q(
                        ("clocked__isnull", True),
                        ("crontab__isnull", True),
                        ("interval__isnull", True),
                        ("solar__isnull", True),
                        ("enabled", False),
                    ),
                    _connector="OR",
                ),
                name="djcelery_periodictask_one_schedule",
                violation_error_message="Give one schedule: interval, crontab, solar or clocked.",
            ),
        ),
        migrations.AddConstraint(
            model_name="periodictaskrun",
            constraint=models.UniqueConstraint(
                fields=("entry", "due_at"), name="djcelery_periodictaskrun_once"
            ),
        ),
    )
