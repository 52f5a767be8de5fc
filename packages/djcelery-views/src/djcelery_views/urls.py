"""The addresses of the views, for ``include("djcelery.urls")``; each works without its last slash.

A task id may hold any characters, slashes too.
"""

from __future__ import annotations

from django.urls import path, register_converter

from . import views


class AnythingConverter:
    """Any text."""

    regex = r"[\s\S]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(AnythingConverter, "djcelery_anything")

ROUTES = (
    ("tasks", views.registered_tasks, "celery-tasks"),
    ("<djcelery_anything:task_id>/done", views.is_task_successful, "celery-is_task_successful"),
    ("<djcelery_anything:task_id>/status", views.task_status, "celery-task_status"),
    ("<djcelery_anything:task_id>/events", views.task_events, "celery-task_events"),
    ("apply/<djcelery_anything:task_name>", views.apply, "celery-apply"),
)

urlpatterns = [
    *(path(f"{route}/", view, name=name) for route, view, name in ROUTES),
    *(path(route, view) for route, view, _name in ROUTES),
]
