"""What the models of django-celery raise."""

from __future__ import annotations

from kombu.exceptions import DecodeError, EncodeError


class ModelsError(Exception):
    """Base of the errors of djcelery_models."""


class BadRow(ModelsError, ValueError):
    """A row holds what cannot be used; the row itself can be read, edited and deleted."""

    def __init__(self, table: str, pk: object, reason: str) -> None:
        super().__init__(table, pk, reason)
        self.table = table
        self.pk = pk
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.table}, row {self.pk}: {self.reason}"


class ResultNotEncodable(ModelsError, EncodeError):
    """A value that the result serializer cannot write."""

    def __init__(self, owner: str, serializer: str, reason: str) -> None:
        super().__init__(owner, serializer, reason)
        self.owner = owner
        self.serializer = serializer
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"the result of {self.owner} cannot be written as {self.serializer}: {self.reason}. "
            f"Give a value that {self.serializer} knows, or set another CELERY_RESULT_SERIALIZER"
        )


class ResultNotDecodable(ModelsError, DecodeError):
    """A stored result that cannot be read here; its row can."""

    def __init__(self, owner: str, content_type: str, reason: str) -> None:
        super().__init__(owner, content_type, reason)
        self.owner = owner
        self.content_type = content_type
        self.reason = reason

    def __str__(self) -> str:
        return f"the result of {self.owner}, stored as {self.content_type}, {self.reason}"
