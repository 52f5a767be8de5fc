"""Celery configured from Django's settings."""

from .activation import setup_loader

__all__ = ["setup_loader"]
