"""Celery result backends on the Django ORM and on Django's cache framework."""
