"""Ids of 64 bits, identifiers that compare as bytes, and how and when each result was stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import migrations, models, router

from djcelery_models.identifier import IdentifierField
from djcelery_models.keptfield import AddKeptField
from djcelery_models.rewrite import RewriteTables
from djcelery_models.utcdatetime import UTCDateTimeField

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

WIDE_IDS = ("TaskMeta", "TaskSetMeta", "WorkerState", "TaskState")
RESULTS = ("TaskMeta", "TaskSetMeta")


def forget_moments(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Where this was taken back before, an older release may have stored results since."""
    for name in RESULTS:
        rows = apps.get_model("djcelery", name)._default_manager.using(  # noqa: SLF001  # documented
            schema_editor.connection.alias
        )
        if router.allow_migrate_model(rows.db, rows.model):
            rows.exclude(stored_at=None).update(stored_at=None)


class Migration(migrations.Migration):
    dependencies = (("djcelery", "0002_complete_old_tables"),)
    operations = (
        *[
            AddKeptField(
                name,
                "content_type",
                models.CharField(max_length=128, null=True, default=None, editable=False),
            )
            for name in RESULTS
        ],
        *[
            AddKeptField(
                name,
                "content_encoding",
                models.CharField(max_length=64, null=True, default=None, editable=False),
            )
            for name in RESULTS
        ],
        *[
            AddKeptField(
                name, "stored_at", UTCDateTimeField(db_index=True, editable=False, null=True)
            )
            for name in RESULTS
        ],
        *[
            AddKeptField("TaskMeta", name, field)
            for name, field in (
                ("name", IdentifierField("task name", null=True, editable=False)),
                ("worker", IdentifierField("worker", null=True, editable=False)),
                ("queue", IdentifierField("queue", null=True, editable=False)),
                (
                    "retries",
                    models.IntegerField("number of retries", null=True, editable=False),
                ),
            )
        ],
        migrations.RunPython(forget_moments, migrations.RunPython.noop, atomic=False),
        RewriteTables(
            [
                *[
                    migrations.AlterField(
                        name, "id", models.BigAutoField(primary_key=True, serialize=False)
                    )
                    for name in WIDE_IDS
                ],
                migrations.AlterField(
                    "TaskMeta", "task_id", IdentifierField("task id", unique=True)
                ),
                migrations.AlterField(
                    "TaskSetMeta", "taskset_id", IdentifierField("group id", unique=True)
                ),
                migrations.AlterField(
                    "WorkerState", "hostname", IdentifierField("hostname", unique=True)
                ),
                migrations.AlterField("TaskState", "task_id", IdentifierField("UUID", unique=True)),
                migrations.AlterField(
                    "TaskState", "name", IdentifierField("name", null=True, db_index=True)
                ),
                migrations.AlterField(
                    "PeriodicTask",
                    "name",
                    IdentifierField("name", unique=True, help_text="Useful description"),
                ),
                migrations.AlterField("PeriodicTask", "task", IdentifierField("task name")),
                migrations.AlterField(
                    "PeriodicTask",
                    "queue",
                    IdentifierField(
                        "queue",
                        blank=True,
                        null=True,
                        default=None,
                        help_text="A queue of task_queues",
                    ),
                ),
                migrations.AlterField(
                    "PeriodicTask",
                    "exchange",
                    IdentifierField("exchange", blank=True, null=True, default=None),
                ),
                migrations.AlterField(
                    "PeriodicTask",
                    "routing_key",
                    IdentifierField("routing key", blank=True, null=True, default=None),
                ),
                migrations.AlterField(
                    "PeriodicTask",
                    "crontab",
                    models.ForeignKey(
                        "djcelery.CrontabSchedule",
                        models.PROTECT,
                        null=True,
                        blank=True,
                        verbose_name="crontab",
                        help_text="Use one of interval/crontab",
                    ),
                ),
                migrations.AlterField(
                    "PeriodicTask",
                    "interval",
                    models.ForeignKey(
                        "djcelery.IntervalSchedule",
                        models.PROTECT,
                        null=True,
                        blank=True,
                        verbose_name="interval",
                    ),
                ),
            ]
        ),
    )
