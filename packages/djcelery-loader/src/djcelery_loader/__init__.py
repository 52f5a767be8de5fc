"""Celery configured from Django's settings."""

from .activation import install, setup_loader

__all__ = ["install", "setup_loader"]
