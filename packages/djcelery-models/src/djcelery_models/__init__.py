"""Every table of django-celery: results, schedules, and what was seen of workers and tasks."""
