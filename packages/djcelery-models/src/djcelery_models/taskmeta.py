"""The results of tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from celery import states
from django.db import models
from django.utils.translation import gettext_lazy as _

from . import encoding
from .identifier import IdentifierField
from .resultfield import MetaField, ResultField
from .resultrow import ResultRow
from .resulttable import OnlyTrueIndex, RowNumberField
from .states import TASK_STATE_CHOICES, TASK_STATUS_PENDING
from .taskmanagers import TaskManager
from .utcdatetime import UTCDateTimeField

if TYPE_CHECKING:
    from datetime import datetime


class AbstractTaskMeta(ResultRow):
    """The fields of ``TaskMeta``, for a table of your own."""

    stored_meta: str | None
    id = models.BigAutoField(primary_key=True)
    task_id = IdentifierField(_("task id"), unique=True)
    status = models.CharField(
        _("state"), max_length=50, default=TASK_STATUS_PENDING, choices=TASK_STATE_CHOICES
    )
    result = ResultField(null=True, default=None, editable=False)
    date_done = models.DateTimeField(_("done at"), auto_now=True)
    traceback = models.TextField(_("traceback"), blank=True, null=True)  # noqa: DJ001  # of old
    name = IdentifierField(_("task name"), null=True, editable=False)
    worker = IdentifierField(_("worker"), null=True, editable=False)
    queue = IdentifierField(_("queue"), null=True, editable=False)
    retries = models.IntegerField(_("number of retries"), null=True, editable=False)
    periodic_task_name = IdentifierField(_("periodic task"), null=True, editable=False)
    parent_id = IdentifierField(_("parent task id"), null=True, editable=False)
    root_id = IdentifierField(_("root task id"), null=True, editable=False)
    args = models.TextField(_("arguments"), null=True, editable=False)  # noqa: DJ001  # NULL: not kept
    kwargs = models.TextField(_("keyword arguments"), null=True, editable=False)  # noqa: DJ001  # NULL: not kept
    started_at = UTCDateTimeField(_("started at"), null=True, editable=False)
    meta = MetaField(null=True, default=None, editable=False)

    objects = TaskManager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"<Task: {self.task_id} state={self.status}>"

    @property
    def is_ready(self) -> bool:
        """Whether the task is done, one way or another."""
        return self.status in states.READY_STATES

    @property
    def done_at(self) -> datetime | None:
        """When the result was stored; None until then, and in rows of old releases."""
        return self.stored_at if self.is_ready else None

    def to_dict(self) -> dict[str, Any]:
        """The result as Celery's backends describe it. Raises ResultNotDecodable."""
        return {
            "task_id": self.task_id,
            "status": self.status,
            "result": self.result,
            "date_done": self.date_done,
            "traceback": self.traceback,
            "children": encoding.children(self.meta, f"task {self.task_id}"),
        }


class TaskMeta(AbstractTaskMeta):
    """The state and the result of a task."""

    id = RowNumberField(primary_key=True)
    hidden = models.BooleanField(editable=False, default=False)

    class Meta:
        app_label = "djcelery"
        db_table = "celery_taskmeta"
        indexes = (OnlyTrueIndex(fields=("hidden",)),)
        verbose_name = _("task state")
        verbose_name_plural = _("task states")
