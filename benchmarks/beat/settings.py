"""Settings of the processes that are measured: ours and the peer, with tables side by side."""

import os

import dj_database_url

SECRET_KEY = "benchmark"  # noqa: S105
USE_TZ = True
TIME_ZONE = "UTC"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "djcelery_beat",
    "django_celery_beat",
]
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
DATABASES["default"]["TEST"] = {"NAME": DATABASES["default"]["NAME"]}
