"""Less to write with each result: no index of what is not hidden, on SQLite no second table."""

from __future__ import annotations

from django.db import migrations, models

from djcelery_models.resulttable import OnlyTrueIndex, RowNumberField

HIDDEN_INDEXES = (
    ("TaskMeta", "celery_task_hidden_410f2f_idx"),
    ("TaskSetMeta", "celery_task_hidden_da0401_idx"),
)


class Migration(migrations.Migration):
    dependencies = (("djcelery", "0006_task_permissions"),)
    operations = (
        migrations.AlterField("TaskMeta", "id", RowNumberField(primary_key=True, serialize=False)),
        *[
            migrations.AlterField(
                model, "hidden", models.BooleanField(default=False, editable=False)
            )
            for model, _name in HIDDEN_INDEXES
        ],
        *[
            migrations.AddIndex(model, OnlyTrueIndex(fields=("hidden",), name=name))
            for model, name in HIDDEN_INDEXES
        ],
    )
