"""A brought app is an ordinary app to all of Django: a project is made and its commands are run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = {
    "site/settings.py": """
        SECRET_KEY, DEBUG = "tests", True
        INSTALLED_APPS = [
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.staticfiles",
            "owner",
            "parent",
        ]
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
        ENGINE = "django.template.backends.django.DjangoTemplates"
        TEMPLATES = [{"BACKEND": ENGINE, "APP_DIRS": True}]
        STATIC_ROOT, STATIC_URL, ROOT_URLCONF, USE_I18N = "collected", "static/", "urls", True
    """,
    "site/urls.py": "urlpatterns = []",
    "site/parent/__init__.py": "",
    "site/parent/apps.py": """
        from djcelery_utils.apps import ComponentConfig

        class ParentConfig(ComponentConfig):
            default = True
            name = "parent"
            brings = ("child",)
    """,
    "site/owner/__init__.py": "",
    "site/owner/models.py": """
        from django.db import models

        class Owner(models.Model):
            toy = models.ForeignKey("child.Toy", models.CASCADE)
    """,
    "site/child/__init__.py": "",
    "site/child/apps.py": """
        from djcelery_utils.apps import ComponentConfig

        class ChildConfig(ComponentConfig):
            default = True
            name = "child"
    """,
    "site/child/models.py": """
        from django.db import models

        class Toy(models.Model):
            pass
    """,
    "site/child/templates/child/page.html": "{% load toys %}{{ 'ball'|loud }}",
    "site/child/templatetags/__init__.py": "",
    "site/child/templatetags/toys.py": """
        from django import template

        register = template.Library()
        @register.filter
        def loud(value):
            return value.upper()
    """,
    "site/child/static/child/style.css": "",
    "site/child/locale/de/LC_MESSAGES/django.po": """
        msgid ""
        msgstr "Content-Type: text/plain; charset=UTF-8\\n"

        msgid "ball"
        msgstr "Kugel"
    """,
    "site/child/management/commands/play.py": """
        from django.core.management.base import BaseCommand
        from django.template.loader import render_to_string
        from django.utils import translation

        class Command(BaseCommand):
            def handle(self, **options):
                with translation.override("de"):
                    word = translation.gettext("ball")
                self.stdout.write(f"{render_to_string('child/page.html')} {word}")
    """,
    "site/child/tests.py": """
        from django.test import TestCase
        from .models import Toy

        class ToyTest(TestCase):
            def test_there_is_a_table(self):
                Toy.objects.create()
    """,
}


class Site:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, source in FILES.items():
            path = folder.parent / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(source))
        self.environment = os.environ | {
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "settings",
            "PYTHONPATH": str(folder),
        }

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "django", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("project") / "site")
    site.manage("makemigrations", "child", "owner")
    return site


def test_its_migrations_run_and_stay_complete(site: Site) -> None:
    site.manage("migrate")

    assert "No changes detected" in site.manage("makemigrations", "--check")
    assert "[X] 0001_initial" in site.manage("showmigrations", "child")


@pytest.mark.skipif(shutil.which("msgfmt") is None, reason="Django needs gettext to compile")
def test_its_messages_are_compiled_and_spoken_by_its_command_and_its_template(site: Site) -> None:
    site.manage("compilemessages")

    assert "BALL Kugel" in site.manage("play")


def test_its_static_files_are_collected(site: Site) -> None:
    site.manage("collectstatic", "--noinput")

    assert (site.folder / "collected" / "child" / "style.css").exists()


def test_its_tables_are_in_the_test_database(site: Site) -> None:
    assert "Ran 1 test" in site.manage("test", "child")


@pytest.fixture
def server(site: Site) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "django", "runserver", "127.0.0.1:0"]
    server = subprocess.Popen(
        command,
        cwd=site.folder,
        env=site.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    deadline = threading.Timer(60, os.killpg, (server.pid, signal.SIGKILL))
    deadline.start()
    yield server
    deadline.cancel()
    os.killpg(server.pid, signal.SIGTERM)
    server.communicate()


def test_the_autoreloader_watches_it(site: Site, server: subprocess.Popen[str]) -> None:
    assert server.stdout is not None
    next(line for line in server.stdout if "Quit the server" in line)
    seen = threading.Event()

    def touch() -> None:  # again and again: Django takes its first look some time after the line
        while not seen.wait(0.5):
            (site.folder / "child" / "models.py").touch()

    threading.Thread(target=touch, daemon=True).start()
    reloaded = any("child/models.py changed" in line for line in server.stdout)
    seen.set()

    assert reloaded
