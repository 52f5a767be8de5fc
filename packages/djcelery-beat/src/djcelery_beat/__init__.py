"""Celery beat with its schedule in the Django database."""
