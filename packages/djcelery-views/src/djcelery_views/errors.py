"""Why a request is refused: each error is an answer in JSON."""

from __future__ import annotations

from http import HTTPStatus
from typing import ClassVar


class ViewsError(Exception):
    """Base of the errors of djcelery_views; ``status`` and ``headers`` are those of the answer."""

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR

    @property
    def headers(self) -> dict[str, str]:
        return {}


class MethodNotAllowed(ViewsError):
    """A request of a method that the view does not take."""

    status = HTTPStatus.METHOD_NOT_ALLOWED

    def __init__(self, method: str | None, allowed: str) -> None:
        super().__init__(method, allowed)
        self.method = method
        self.allowed = allowed

    def __str__(self) -> str:
        return f"{self.method} is not allowed here: use {self.allowed}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": self.allowed}


class PermissionMissing(ViewsError):
    """The user, if there is one, lacks a permission."""

    status = HTTPStatus.FORBIDDEN

    def __init__(self, permission: str) -> None:
        super().__init__(permission)
        self.permission = permission

    def __str__(self) -> str:
        return f"this needs the permission {self.permission}"


class UnknownTask(ViewsError):
    """No task of this name is registered."""

    status = HTTPStatus.NOT_FOUND

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"there is no task {self.name!r}"


class BadArguments(ViewsError):
    """The request holds no arguments with which the task can be called."""

    status = HTTPStatus.BAD_REQUEST


class BrokerDown(ViewsError):
    """The broker has not taken the task in time."""

    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __str__(self) -> str:
        return "the broker does not answer, so the task was not sent"


class ResultsDown(ViewsError):
    """The result backend cannot be asked."""

    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __str__(self) -> str:
        return "the result backend does not answer"


class DatabaseDown(ViewsError):
    """The database, which knows the user, cannot be asked."""

    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __str__(self) -> str:
        return "the database does not answer"


class TooManyStreams(ViewsError):
    """This process serves as many streams of events as it may."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    retry_after_seconds = 5

    def __str__(self) -> str:
        return "too many tasks are followed at the moment"

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after_seconds)}


class NoResults(ViewsError):
    """The project keeps no results."""

    status = HTTPStatus.NOT_IMPLEMENTED

    def __str__(self) -> str:
        return "no result backend is configured"
