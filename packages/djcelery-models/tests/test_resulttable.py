"""What a store has to write besides its row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from djcelery_models.models import TaskMeta, TaskSetMeta

if TYPE_CHECKING:
    from django.db.models import Model

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[TaskMeta, TaskSetMeta])
def model(request: pytest.FixtureRequest) -> type[Model]:
    chosen: type[Model] = request.param
    return chosen


def test_hidden_rows_are_found_in_an_index_of_their_own(model: type[Model]) -> None:
    (index,) = model._meta.indexes
    if connection.vendor == "postgresql":  # which reads so small a table as a whole
        connection.cursor().execute("SET LOCAL enable_seqscan = off")

    plan = model._default_manager.filter(hidden=True).explain()

    assert index.name in plan
    assert indexes_with("hidden", model) == [index.name]


def test_that_index_holds_no_other_rows_where_the_database_can(model: type[Model]) -> None:
    (index,) = model._meta.indexes
    editor = connection.SchemaEditorClass(connection, collect_sql=True)

    is_partial = str(index.create_sql(model, editor)).endswith(' WHERE "hidden"')

    assert is_partial is connection.features.supports_partial_indexes


@pytest.mark.skipif(connection.vendor != "sqlite", reason="is about SQLite")
def test_sqlite_writes_no_second_table_with_a_result() -> None:
    TaskMeta.objects.create(task_id="t1")
    TaskSetMeta.objects.create(taskset_id="g1")

    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_sequence WHERE name LIKE 'celery%'")
        assert cursor.fetchall() == [("celery_tasksetmeta",)]


def indexes_with(column: str, model: type[Model]) -> list[str]:
    with connection.cursor() as cursor:
        known = connection.introspection.get_constraints(cursor, model._meta.db_table)
    return [name for name, found in known.items() if found["columns"] == [column]]
