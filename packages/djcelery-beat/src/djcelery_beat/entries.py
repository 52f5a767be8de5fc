"""An entry as Celery's scheduler knows one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from celery import current_app
from celery.beat import ScheduleEntry
from celery.schedules import schedstate
from djcelery_models.planning import aware, plan

from .codeentries import write_entry
from .kinds import kind_of, row_of

if TYPE_CHECKING:
    from celery import Celery
    from djcelery_models.models import PeriodicTask

OPTIONS = ("queue", "exchange", "routing_key", "priority")


class ModelEntry(ScheduleEntry):
    """A row of the schedule, with what Celery asks of an entry.

    Hooks: override ``options`` for how each of its messages is sent, ``args`` and ``kwargs`` for
    what with. Making one reads nothing and writes nothing.
    """

    def __init__(self, model: PeriodicTask, app: Celery | None = None) -> None:
        self.model = model
        self.app = app or current_app
        self.name = model.name
        self.task = model.task

    @property
    def args(self) -> list[Any]:  # type: ignore[override]  # read when it is sent
        """Raises BadRow if the row has no JSON list."""
        return self.model.decoded_args

    @property
    def kwargs(self) -> dict[str, Any]:  # type: ignore[override]  # read when it is sent
        """Raises BadRow if the row has no JSON object."""
        return self.model.decoded_kwargs

    @property
    def options(self) -> dict[str, Any]:  # type: ignore[override]  # read when it is sent
        """The options of ``apply_async`` that the row has."""
        given = {name: getattr(self.model, name) for name in OPTIONS}
        options = {name: value for name, value in given.items() if value is not None}
        options["headers"] = {
            **self.model.decoded_headers,
            "periodic_task_name": self.model.name,
        }
        expires = self._expires()
        if expires is not None:
            options["expires"] = expires
        if self.model.overlap == "skip":
            options["ignore_result"] = False  # it tells whether the run is finished
        return options

    def _expires(self) -> datetime | None:
        expires = aware(self.model.expires)
        if self.model.expire_seconds is None:
            return expires
        by_then = datetime.now(UTC) + timedelta(seconds=self.model.expire_seconds)
        return by_then if expires is None else min(expires, by_then)

    @property
    def schedule(self) -> Any:  # type: ignore[override]  # read when it is asked for
        """The schedule of Celery's; of a single moment that. Raises BadRow."""
        return self.model.schedule

    @property
    def last_run_at(self) -> datetime | None:  # type: ignore[override]  # the row's
        return self.model.last_run_at

    @property
    def total_run_count(self) -> int:  # type: ignore[override]  # the row's
        return self.model.total_run_count

    def is_due(self) -> schedstate:
        """Whether it is due, and in how many seconds it will be; 0: never. Raises BadRow."""
        now = datetime.now(UTC)
        plan(self.model, now)
        check_at = self.model.check_at
        if check_at is None:
            return schedstate(is_due=False, next=0.0)
        seconds = max(0.0, (check_at - now).total_seconds())
        return schedstate(is_due=check_at <= now, next=seconds)

    def __next__(self, last_run_at: datetime | None = None) -> Self:  # Celery's signature
        """The entry as the database has it now: beat itself writes what has run."""
        self.model.refresh_from_db()
        return type(self)(self.model, app=self.app)

    next = _next_instance = __next__

    def save(self) -> None:
        """Save the row, and plan it."""
        self.model.save()

    @classmethod
    def to_model_schedule(cls, schedule: object) -> tuple[Any, str]:
        """The row of ``schedule``, made if there is none, and the field of an entry it is for.

        Raises TypeError for what is no schedule.
        """
        return row_of(schedule), kind_of(schedule)

    @classmethod
    def from_entry(cls, name: str, app: Celery | None = None, **entry: Any) -> Self:
        """Write an entry in the manner of ``CELERYBEAT_SCHEDULE``. Raises BadEntry."""
        return cls(write_entry(name, entry), app=app)

    def __reduce__(self) -> Any:
        return type(self), (self.model,)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.model}>"
