"""Celery's programs as Django management commands."""
