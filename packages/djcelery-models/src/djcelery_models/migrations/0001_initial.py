"""The tables as django-celery 3.1 and later left them, under the name they were recorded by.

Databases of those releases have this migration applied. What is not in them comes later: a change
made here would never reach them.
"""

from __future__ import annotations

from django.db import migrations, models

STATES = (
    "PENDING",
    "RECEIVED",
    "STARTED",
    "RETRY",
    "SUCCESS",
    "FAILURE",
    "REVOKED",
    "REJECTED",
    "IGNORED",
)
STATE_CHOICES = tuple((state, state) for state in STATES)
PERIODS = ("days", "hours", "minutes", "seconds", "microseconds")
PERIOD_CHOICES = tuple((period, period.capitalize()) for period in PERIODS)


class Migration(migrations.Migration):
    initial = True
    dependencies = ()
    operations = (
        migrations.CreateModel(
            name="TaskMeta",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("task_id", models.CharField("task id", max_length=255, unique=True)),
                (
                    "status",
                    models.CharField(
                        "state", max_length=50, default="PENDING", choices=STATE_CHOICES
                    ),
                ),
                ("result", models.TextField(null=True, default=None, editable=False)),
                ("date_done", models.DateTimeField("done at", auto_now=True)),
                ("traceback", models.TextField("traceback", blank=True, null=True)),
                ("hidden", models.BooleanField(editable=False, default=False, db_index=True)),
                ("meta", models.TextField(null=True, default=None, editable=False)),
            ],
            options={
                "verbose_name": "task state",
                "verbose_name_plural": "task states",
                "db_table": "celery_taskmeta",
            },
        ),
        migrations.CreateModel(
            name="TaskSetMeta",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("taskset_id", models.CharField("group id", max_length=255, unique=True)),
                ("result", models.TextField(editable=False)),
                ("date_done", models.DateTimeField("created at", auto_now=True)),
                ("hidden", models.BooleanField(editable=False, default=False, db_index=True)),
            ],
            options={
                "verbose_name": "saved group result",
                "verbose_name_plural": "saved group results",
                "db_table": "celery_tasksetmeta",
            },
        ),
        migrations.CreateModel(
            name="IntervalSchedule",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("every", models.IntegerField("every")),
                ("period", models.CharField("period", max_length=24, choices=PERIOD_CHOICES)),
            ],
            options={
                "verbose_name": "interval",
                "verbose_name_plural": "intervals",
                "ordering": ("period", "every"),
            },
        ),
        migrations.CreateModel(
            name="CrontabSchedule",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("minute", models.CharField("minute", max_length=64, default="*")),
                ("hour", models.CharField("hour", max_length=64, default="*")),
                ("day_of_week", models.CharField("day of week", max_length=64, default="*")),
                ("day_of_month", models.CharField("day of month", max_length=64, default="*")),
                ("month_of_year", models.CharField("month of year", max_length=64, default="*")),
            ],
            options={
                "verbose_name": "crontab",
                "verbose_name_plural": "crontabs",
                "ordering": (
                    "month_of_year",
                    "day_of_month",
                    "day_of_week",
                    "hour",
                    "minute",
                ),
            },
        ),
        migrations.CreateModel(
            name="PeriodicTasks",
            fields=[
                (
                    "ident",
                    models.SmallIntegerField(
                        default=1, primary_key=True, serialize=False, unique=True
                    ),
                ),
                ("last_update", models.DateTimeField()),
            ],
            options={
                "verbose_name": "last change of the schedule",
                "verbose_name_plural": "last changes of the schedule",
            },
        ),
        migrations.CreateModel(
            name="PeriodicTask",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                (
                    "name",
                    models.CharField(
                        "name", max_length=200, unique=True, help_text="Useful description"
                    ),
                ),
                ("task", models.CharField("task name", max_length=200)),
                (
                    "args",
                    models.TextField(
                        "arguments",
                        blank=True,
                        default="[]",
                        help_text="JSON encoded positional arguments",
                    ),
                ),
                (
                    "kwargs",
                    models.TextField(
                        "keyword arguments",
                        blank=True,
                        default="{}",
                        help_text="JSON encoded keyword arguments",
                    ),
                ),
                (
                    "queue",
                    models.CharField(
                        "queue",
                        max_length=200,
                        blank=True,
                        null=True,
                        default=None,
                        help_text="A queue of task_queues",
                    ),
                ),
                (
                    "exchange",
                    models.CharField(
                        "exchange", max_length=200, blank=True, null=True, default=None
                    ),
                ),
                (
                    "routing_key",
                    models.CharField(
                        "routing key", max_length=200, blank=True, null=True, default=None
                    ),
                ),
                ("expires", models.DateTimeField("expires", blank=True, null=True)),
                ("enabled", models.BooleanField("enabled", default=True)),
                ("last_run_at", models.DateTimeField(editable=False, blank=True, null=True)),
                ("total_run_count", models.PositiveIntegerField(default=0, editable=False)),
                ("date_changed", models.DateTimeField(auto_now=True)),
                ("description", models.TextField("description", blank=True)),
                (
                    "crontab",
                    models.ForeignKey(
                        "djcelery.CrontabSchedule",
                        models.CASCADE,
                        null=True,
                        blank=True,
                        verbose_name="crontab",
                        help_text="Use one of interval/crontab",
                    ),
                ),
                (
                    "interval",
                    models.ForeignKey(
                        "djcelery.IntervalSchedule",
                        models.CASCADE,
                        null=True,
                        blank=True,
                        verbose_name="interval",
                    ),
                ),
            ],
            options={
                "verbose_name": "periodic task",
                "verbose_name_plural": "periodic tasks",
            },
        ),
        migrations.CreateModel(
            name="WorkerState",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("hostname", models.CharField("hostname", max_length=255, unique=True)),
                (
                    "last_heartbeat",
                    models.DateTimeField("last heartbeat", null=True, db_index=True),
                ),
            ],
            options={
                "verbose_name": "worker",
                "verbose_name_plural": "workers",
                "get_latest_by": "last_heartbeat",
                "ordering": ("-last_heartbeat",),
            },
        ),
        migrations.CreateModel(
            name="TaskState",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField("state", max_length=64, choices=STATE_CHOICES, db_index=True),
                ),
                ("task_id", models.CharField("UUID", max_length=36, unique=True)),
                ("name", models.CharField("name", max_length=200, null=True, db_index=True)),
                ("tstamp", models.DateTimeField("event received at", db_index=True)),
                ("args", models.TextField("arguments", null=True)),
                ("kwargs", models.TextField("keyword arguments", null=True)),
                (
                    "eta",
                    models.DateTimeField("ETA", null=True, help_text="the time it is planned for"),
                ),
                ("expires", models.DateTimeField("expires", null=True)),
                ("result", models.TextField("result", null=True)),
                ("traceback", models.TextField("traceback", null=True)),
                (
                    "runtime",
                    models.FloatField("runtime", null=True, help_text="in seconds if it succeeded"),
                ),
                ("retries", models.IntegerField("number of retries", default=0)),
                ("hidden", models.BooleanField(editable=False, default=False, db_index=True)),
                (
                    "worker",
                    models.ForeignKey(
                        "djcelery.WorkerState",
                        models.CASCADE,
                        null=True,
                        verbose_name="worker",
                    ),
                ),
            ],
            options={
                "verbose_name": "task",
                "verbose_name_plural": "tasks",
                "get_latest_by": "tstamp",
                "ordering": ("-tstamp",),
            },
        ),
    )
