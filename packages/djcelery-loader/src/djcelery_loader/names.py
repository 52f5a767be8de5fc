"""Which names in a settings module Celery reads, and which of its keys each one sets.

Under the namespace ``CELERY`` a key such as ``task_always_eager`` is looked up by its modern name,
``CELERY_TASK_ALWAYS_EAGER``, and then by its old one, ``CELERY_ALWAYS_EAGER``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery.app.defaults import NAMESPACES, Option, flatten

from .deadnames import ADVICE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

NAMESPACE = "CELERY"
PREFIXES = ("CELERY_", "CELERYD_", "CELERYBEAT_", "CELERYCAM_", "CELERYMON_")
SHARED_PREFIX = "BROKER_"
"""Celery's too, but many a project has brokers of its own."""

# Celery reads these as it reads the others, but its list of settings lacks them.
UNLISTED_KEYS = (
    "cassandra_secure_bundle_path",
    "dynamodb_endpoint_url",
    "firestore_project",
    "gcs_threadpool_maxsize",
    "redis_backend_credential_provider",
    "redis_backend_health_check_interval",
    "redis_client_name",
    "result_backend_thread_safe",
)

# Read from Celery's configuration under this one name.
LITERAL_NAMES = frozenset({"CELERY_DB_REUSE_MAX", "TIME_ZONE"})

# Read by django-celery from Django's settings.
OWN_NAMES = frozenset(
    {
        "CELERYCAM_EXPIRE_ERROR",
        "CELERYCAM_EXPIRE_PENDING",
        "CELERYCAM_EXPIRE_SUCCESS",
        "CELERY_DB_REUSE_MAX",
    }
)

# Of celery-once, django-celery-email, celery-haystack, celery-redbeat and celery-singleton.
EXTENSIONS = (
    "CELERY_EMAIL_",
    "CELERY_HAYSTACK_",
    "CELERY_ONCE",
    "CELERY_REDBEAT_",
    "CELERY_SINGLETON_",
)


def modern_name(key: str) -> str:
    return f"{NAMESPACE}_{key.upper()}"


def _old_names(namespace: str, key: str, option: Option) -> Iterator[tuple[str, str]]:
    """Pairs of old name and key; an option that lists no old name has its key in capitals."""
    for old in option.old or {namespace + key}:
        yield old.format(key).upper(), namespace + key


_OLD = dict(flatten(NAMESPACES, keyfilter=_old_names))
_KEYS = _OLD | {modern_name(key): key for key in (*_OLD.values(), *UNLISTED_KEYS)}
_NAMES = frozenset(_KEYS) | LITERAL_NAMES


def celery_names() -> frozenset[str]:
    """Every upper-case name that Celery may look up in its configuration."""
    return _NAMES


def key_of(name: str) -> str | None:
    """The Celery key that the setting ``name`` sets, by its modern or its old name."""
    return _KEYS.get(name)


def is_unmistakable(name: str) -> bool:
    """Whether ``name`` begins as no project's own setting does.

    Celery takes ``S3_BUCKET`` for its ``s3_bucket`` too; in a Django project it is the project's.
    """
    return name.startswith((*PREFIXES, SHARED_PREFIX))


_RECOGNISABLE = frozenset(filter(is_unmistakable, _NAMES | OWN_NAMES | ADVICE.keys()))


def recognisable_names() -> frozenset[str]:
    """The names, dead ones too, that a misspelt one may have been meant to be."""
    return _RECOGNISABLE


def is_read(name: str) -> bool:
    """Whether Celery, django-celery or a known extension of Celery reads the setting ``name``."""
    return name in _NAMES or name in OWN_NAMES or name.startswith(EXTENSIONS)


def doubles(names: Collection[str]) -> list[tuple[str, str]]:
    """The pairs of modern and old name in ``names`` that set the same key; the modern one wins."""
    pairs = [(modern_name(key), old) for old, key in _OLD.items() if is_unmistakable(old)]
    return sorted(
        (modern, old) for modern, old in pairs if modern != old and modern in names and old in names
    )


def advice(name: str) -> str | None:
    """What to do instead of ``name``, in a sentence; None if it is not dead."""
    return ADVICE.get(name)
