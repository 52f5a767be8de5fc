"""The results of groups."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from .identifier import IdentifierField
from .resultfield import GroupField
from .resultrow import ResultRow
from .taskmanagers import TaskSetManager


class AbstractTaskSetMeta(ResultRow):
    """The fields of ``TaskSetMeta``, for a table of your own."""

    id = models.BigAutoField(primary_key=True)
    taskset_id = IdentifierField(_("group id"), unique=True)
    result = GroupField(editable=False)
    date_done = models.DateTimeField(_("created at"), auto_now=True)

    objects = TaskSetManager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"<TaskSet: {self.taskset_id}>"

    def to_dict(self) -> dict[str, Any]:
        """The group as Celery's backends describe it. Raises ResultNotDecodable."""
        return {
            "taskset_id": self.taskset_id,
            "result": self.result,
            "date_done": self.date_done,
        }


class TaskSetMeta(AbstractTaskSetMeta):
    """The tasks of a group."""

    class Meta:
        app_label = "djcelery"
        db_table = "celery_tasksetmeta"
        verbose_name = _("saved group result")
        verbose_name_plural = _("saved group results")
