"""One Django site for every implementation, with the tables of all of them."""

import os

import dj_database_url

SECRET_KEY = "benchmark"  # noqa: S105
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "djcelery",
    "django_celery_results",
]
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
DATABASES["default"]["TEST"] = {"NAME": DATABASES["default"]["NAME"]}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=wal; PRAGMA synchronous=normal"
    }
USE_TZ = True

if "BENCH_QUEUE" in os.environ:  # in a worker
    CELERY_BROKER_URL = os.environ["BROKER_URL"]
    CELERY_TASK_DEFAULT_QUEUE = os.environ["BENCH_QUEUE"]
    CELERY_RESULT_BACKEND = os.environ["BENCH_BACKEND"] or None
    CELERY_TASK_IGNORE_RESULT = not CELERY_RESULT_BACKEND
    CELERY_DB_REUSE_MAX = int(os.environ.get("BENCH_REUSE_MAX", "0")) or None
    CELERY_IMPORTS = ["benchmarks.worker.tasks"]
    CELERY_WORKER_HIJACK_ROOT_LOGGER = False

if os.environ.get("BENCH_LOADER"):
    import djcelery

    djcelery.setup_loader()
