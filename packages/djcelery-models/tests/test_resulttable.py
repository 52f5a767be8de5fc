"""What a store has to write besides its row."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import isolate_apps
from djcelery_models.expiry import hidden
from djcelery_models.models import TaskMeta, TaskSetMeta
from djcelery_models.taskmeta import AbstractTaskMeta

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [TaskMeta, TaskSetMeta])
def test_hidden_rows_are_found_in_an_index(model: Any) -> None:
    if connection.vendor == "postgresql":  # which reads so small a table as a whole
        connection.cursor().execute("SET LOCAL enable_seqscan = off")

    plan = hidden(model.objects.all()).rows.explain()

    with connection.cursor() as cursor:
        known = connection.introspection.get_constraints(cursor, model._meta.db_table)
    (name,) = [name for name, found in known.items() if found["columns"] == ["hidden"]]
    assert name in plan


def test_that_index_holds_no_other_rows_where_the_database_can() -> None:
    (index,) = TaskMeta._meta.indexes
    editor = connection.SchemaEditorClass(connection, collect_sql=True)

    is_partial = str(index.create_sql(TaskMeta, editor)).endswith(' WHERE "hidden"')

    assert is_partial is connection.features.supports_partial_indexes


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="is about SQLite")
def test_sqlite_writes_no_second_table_with_a_result() -> None:
    TaskMeta.objects.create(task_id="t1")
    TaskSetMeta.objects.create(taskset_id="g1")

    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_sequence WHERE name LIKE 'celery%'")
        assert cursor.fetchall() == [("celery_tasksetmeta",)]


@isolate_apps("djcelery_models")
def test_models_of_a_project_may_be_made_of_ours_in_any_way() -> None:
    class Proxy(TaskMeta):
        class Meta(AbstractTaskMeta.Meta):
            app_label = "djcelery"
            proxy = True

    class Child(TaskMeta):
        class Meta:
            app_label = "djcelery"

    class Own(AbstractTaskMeta):
        class Meta:
            app_label = "djcelery"

    checked = [str(message.id) for model in (Proxy, Child, Own) for message in model.check()]

    assert [name for name in checked if name.startswith("models.")] == []
    assert (Proxy._meta.indexes, Child._meta.indexes, Own._meta.indexes) == ([], [], [])
    hidden: Any = Own._meta.get_field("hidden")
    assert hidden.db_index
