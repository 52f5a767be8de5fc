"""The permissions to run tasks, and to see what they were given, returned and raised."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("djcelery", "0005_schedule"),)

    operations = (
        migrations.AlterModelOptions(
            name="taskstate",
            options={
                "get_latest_by": "tstamp",
                "ordering": ("-tstamp",),
                "permissions": (
                    ("run_taskstate", "Can run tasks"),
                    ("view_taskstate_payload", "Can view arguments, results and tracebacks"),
                ),
                "verbose_name": "task",
                "verbose_name_plural": "tasks",
            },
        ),
    )
