"""Settings for the tests of every package: all components that are installed, on one database.

``DATABASE_URL`` chooses the database (SQLite in memory where it is not set), ``USE_TZ=0`` a site
without time zones.
"""

import os
from importlib.util import find_spec

SECRET_KEY = "tests"  # noqa: S105
USE_TZ = os.environ.get("USE_TZ", "1") != "0"
TIME_ZONE = "Europe/Berlin"
LANGUAGE_CODE = "en"

COMPONENTS = (
    "djcelery_utils",
    "djcelery_loader",
    "djcelery_models",
    "djcelery_backends",
    "djcelery_beat",
    "djcelery_views",
)
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    *[name for name in COMPONENTS if find_spec(name)],
]

if "DATABASE_URL" in os.environ:
    import dj_database_url

    DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
else:
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}

LOCMEM = "django.core.cache.backends.locmem.LocMemCache"
TABLE = "django.core.cache.backends.db.DatabaseCache"
CACHES = {
    "default": {"BACKEND": LOCMEM},
    "table": {"BACKEND": TABLE, "LOCATION": "djcelery_tests_cache"},  # made with the test database
}
