"""JSON views of Celery tasks, and their progress as server-sent events."""
