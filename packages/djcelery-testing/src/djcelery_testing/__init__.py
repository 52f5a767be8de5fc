"""Tests of projects that use Celery: tasks that run in place, for unittest and for pytest."""
