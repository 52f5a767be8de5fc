"""The specification's "FAQ: i18n in tasks": a task renders in the language that it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conftest import MakeProject

TASKS = """\
from celery import shared_task
from django.template import engines
from django.utils import translation

TEMPLATE = "{% load djcelery_humanize i18n %}{% get_current_language as code %}{{ code }}"


@shared_task
def report(language):
    with translation.override(language):
        return engines["django"].from_string(TEMPLATE).render()


@shared_task
def active():
    return translation.get_language()
"""


def test_a_task_renders_in_the_language_that_it_is_given(make_project: MakeProject) -> None:
    settings = {
        "LANGUAGE_CODE": "fr",
        "TEMPLATES": [{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    }
    project = make_project(settings=settings, files={"shop/tasks.py": TASKS})
    project.worker()

    before = project.call("active")
    report = project.call("report", "de")

    assert report == "de"
    assert project.call("active") == before
