"""The system check that the models of results share a database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djcelery_backends.routing_check import check_routing

if TYPE_CHECKING:
    from pytest_django import Settings


class Splitting:
    def db_for_write(self, model: Any, **_hints: Any) -> str | None:
        return "chords" if model.__name__ == "ChordMeta" else None


class Together:
    def db_for_write(self, model: Any, **_hints: Any) -> str | None:
        return "results" if model._meta.app_label == "djcelery" else None


def test_a_router_that_splits_results_and_chords_is_an_error(settings: Settings) -> None:
    settings.DATABASE_ROUTERS = [Splitting()]

    (message,) = check_routing()

    assert message.id == "djcelery_backends.E002"
    assert message.msg == (
        "Results, groups and chords are written to several databases: TaskMeta to 'default', "
        "TaskSetMeta to 'default', ChordMeta to 'chords', ChordPart to 'default'."
    )


def test_another_database_for_all_of_them_is_none(settings: Settings) -> None:
    settings.DATABASE_ROUTERS = [Together()]

    assert check_routing() == []
