"""A project whose migrations name ``djcelery.picklefield.PickledObjectField`` still migrates."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "site_settings.py": """
SECRET_KEY = "tests"
USE_TZ = True
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
INSTALLED_APPS = ["django.contrib.contenttypes", "djcelery", "shop"]
""",
    "shop/__init__.py": "",
    "shop/models.py": """
from django.db import models
from djcelery.picklefield import PickledObjectField


class Basket(models.Model):
    id = models.AutoField(primary_key=True)
    content = PickledObjectField(null=True)
""",
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": """
import djcelery.picklefield
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            name="Basket",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                (
                    "content",
                    djcelery.picklefield.PickledObjectField(null=True, editable=False),
                ),
            ],
        ),
    ]
""",
}
USE = """
import django

django.setup()
from shop.models import Basket

Basket.objects.create(content={"apples": 3})
print(Basket.objects.get().content)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def python(project: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=project,
        env=os.environ | {"PYTHONPATH": ".", "DJANGO_SETTINGS_MODULE": "site_settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_old_migration_runs_and_its_field_keeps_any_object(project: Path) -> None:
    python(project, "-m", "django", "migrate")

    assert python(project, "-c", USE) == "{'apples': 3}\n"


def test_an_old_migration_needs_no_new_one(project: Path) -> None:
    assert "No changes" in python(project, "-m", "django", "makemigrations", "--check")
