"""The tables of the gallery."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

import gallery.models


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar = []

    operations: ClassVar = [
        migrations.CreateModel(
            name="Album",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("sheet", models.ImageField(blank=True, upload_to=gallery.models.sheet_path)),
                (
                    "sheet_task_id",
                    models.CharField(
                        default=gallery.models.new_task_id, editable=False, max_length=36
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Trial",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                (
                    "task_id",
                    models.CharField(
                        default=gallery.models.new_task_id, editable=False, max_length=36
                    ),
                ),
                ("started_at", models.DateTimeField(auto_now_add=True, db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Picture",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("image", models.ImageField(upload_to=gallery.models.picture_path)),
                (
                    "thumbnail",
                    models.ImageField(blank=True, upload_to=gallery.models.thumbnail_path),
                ),
                (
                    "task_id",
                    models.CharField(
                        default=gallery.models.new_task_id, editable=False, max_length=36
                    ),
                ),
                (
                    "album",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pictures",
                        to="gallery.album",
                    ),
                ),
            ],
        ),
    ]
