"""Less to write with each result: no index of what is not hidden, on SQLite no second table."""

from __future__ import annotations

from django.db import migrations, models

from djcelery_models.resulttable import OnlyTrueIndex, RowNumberField


class Migration(migrations.Migration):
    dependencies = (("djcelery", "0006_task_permissions"),)
    operations = (
        migrations.AlterField("TaskMeta", "id", RowNumberField(primary_key=True, serialize=False)),
        migrations.AlterField(
            "TaskMeta", "hidden", models.BooleanField(default=False, editable=False)
        ),
        migrations.AddIndex(
            "TaskMeta", OnlyTrueIndex(fields=("hidden",), name="celery_task_hidden_410f2f_idx")
        ),
    )
