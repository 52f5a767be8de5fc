"""What a result tells besides, and the chords that are under way."""

from __future__ import annotations

from django.db import migrations, models

from djcelery_models.identifier import IdentifierField
from djcelery_models.keptfield import AddKeptField
from djcelery_models.utcdatetime import UTCDateTimeField


class Migration(migrations.Migration):
    dependencies = (("djcelery", "0003_wide_ids_and_identifiers"),)
    operations = (
        *[
            AddKeptField("TaskMeta", name, field)
            for name, field in (
                (
                    "periodic_task_name",
                    IdentifierField("periodic task", null=True, editable=False),
                ),
                ("parent_id", IdentifierField("parent task id", null=True, editable=False)),
                ("root_id", IdentifierField("root task id", null=True, editable=False)),
                ("args", models.TextField("arguments", null=True, editable=False)),
                ("kwargs", models.TextField("keyword arguments", null=True, editable=False)),
                ("started_at", UTCDateTimeField("started at", null=True, editable=False)),
            )
        ],
        migrations.CreateModel(
            name="ChordMeta",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("group_id", IdentifierField("group id", unique=True)),
                ("header", models.TextField("header", editable=False)),
                ("body", models.TextField("body", editable=False)),
                ("content_type", models.CharField(max_length=128, editable=False)),
                ("content_encoding", models.CharField(max_length=64, editable=False)),
                ("size", models.IntegerField("number of parts", editable=False)),
                ("counted", models.IntegerField("parts that are done", null=True, editable=False)),
                ("stored_at", UTCDateTimeField("stored at", null=True, editable=False)),
                ("claimed_at", UTCDateTimeField("claimed at", null=True, editable=False)),
                (
                    "fired_at",
                    UTCDateTimeField("fired at", null=True, editable=False, db_index=True),
                ),
            ],
            options={
                "verbose_name": "chord",
                "verbose_name_plural": "chords",
                "db_table": "djcelery_chord",
            },
        ),
        migrations.CreateModel(
            name="ChordPart",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("group_id", IdentifierField("group id")),
                ("task_id", IdentifierField("task id")),
                ("status", models.CharField("state", max_length=50, null=True, editable=False)),
                ("result", models.TextField("result", null=True, editable=False)),
                ("content_type", models.CharField(max_length=128, null=True, editable=False)),
                ("content_encoding", models.CharField(max_length=64, null=True, editable=False)),
                ("stored_at", UTCDateTimeField("stored at", null=True, editable=False)),
            ],
            options={
                "verbose_name": "part of a chord",
                "verbose_name_plural": "parts of chords",
                "db_table": "djcelery_chordpart",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group_id", "task_id"), name="djcelery_chordpart_counted_once"
                    )
                ],
            },
        ),
    )
