"""Settings of the example site: plain Django, and three lines that turn django-celery on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery.schedules import crontab

from . import broker
from .secrets import secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
STATE = Path(os.environ.get("SITE_STATE", BASE_DIR / "var" / "demo"))
"""All that the site writes: database, media, messages, logs."""

SECRET_KEY = secret_key(STATE / "secret_key")
DEBUG = os.environ.get("DEBUG") == "1"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
ROOT_URLCONF = "config.urls"
USE_TZ = True
TIME_ZONE = "UTC"

INSTALLED_APPS: tuple[str, ...] = (
    "gallery",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
)
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "static/"
MEDIA_URL = "media/"
MEDIA_ROOT = STATE / "media"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"allow_overwrite": True},  # a task that runs twice writes the same file twice
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATABASES: dict[str, Any] = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": STATE / "db.sqlite3",
        "OPTIONS": {  # a web server and several workers write at the same time
            "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;",
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
        },
    }
}
if "DATABASE_URL" in os.environ:
    import dj_database_url

    DATABASES["default"] = dj_database_url.parse(os.environ["DATABASE_URL"])

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no_polling": {"()": "config.logs.NoPolling"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["no_polling"]}},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO"},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
}

# django-celery: these three lines, and the settings of Celery below them.
INSTALLED_APPS += ("djcelery",)
import djcelery  # noqa: E402  # the three lines as the documentation has them

djcelery.setup_loader()

CELERY_BROKER_URL = os.environ.get("BROKER_URL", broker.URL)
if CELERY_BROKER_URL == broker.URL:
    CELERY_BROKER_TRANSPORT = broker.TRANSPORT
    CELERY_BROKER_TRANSPORT_OPTIONS = broker.transport_options(STATE / "broker")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_RESULT_BACKEND = "database"
CELERY_TASK_DEFAULT_QUEUE = os.environ.get("GALLERY_QUEUE", "gallery")
CELERY_TASK_TRACK_STARTED = True
CELERY_TASK_TIME_LIMIT = 60
DJCELERY_VIEWS_PUBLIC_STATUS = True  # nobody logs in here, and ids of tasks are not to be guessed
CELERY_BEAT_SCHEDULE = {
    "count the pictures": {"task": "gallery.tasks.count_pictures", "schedule": 10},
    "forget old albums": {
        "task": "gallery.tasks.forget_old_albums",
        "schedule": crontab(minute="*/30"),
        "options": {"expires": 600},
    },
}
