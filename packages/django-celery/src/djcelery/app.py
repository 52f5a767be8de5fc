"""The Celery app of this project: its own where it has one, else Celery's default app."""

from celery import current_app as app

__all__ = ["app"]
