"""One Django site for every implementation; ``BENCH_LOADER`` turns on the loader."""

import os

import dj_database_url

SECRET_KEY = "benchmark"  # noqa: S105
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "djcelery"]
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
USE_TZ = True

BROKER_URL = os.environ["BROKER_URL"]
CELERY_TASK_DEFAULT_QUEUE = os.environ["BENCH_QUEUE"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_IMPORTS = ["benchmarks.worker.tasks"]
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

if os.environ.get("BENCH_LOADER"):
    import djcelery

    djcelery.setup_loader()
