"""``TaskMeta`` as documented: ``task_id``, ``status``, ``result``, ``date_done``, ``to_dict()``.

On rows, in queries (``filter``, ``values``, ``defer``) and in fixtures (``dumpdata``, ``loaddata``
of both old forms).
"""

from __future__ import annotations

import gzip
import json
import pickle
from datetime import UTC
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from celery.result import GroupResult
from django.core.management import call_command
from django.db import connection, models
from django.db.models import Count, F
from django.db.models.functions import Length
from django.test.utils import CaptureQueriesContext
from djcelery_models.errors import ResultNotDecodable, ResultNotEncodable
from djcelery_models.models import TaskMeta, TaskSetMeta

if TYPE_CHECKING:
    from celery import Celery
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

RESULTS = Path(__file__).parent / "data" / "results"
PICKLED_42 = "gAJLKi4="
PICKLED_GONE = "gAJjc2hvcC52YWx1ZXMKTW9uZXkKKYEu"
OLD_META = "eJxrYKotZIzgYGBgSM7IzEkpSs2LLdYDADylBhk="


def make_row(**overrides: Any) -> TaskMeta:
    return TaskMeta.objects.create(**{"task_id": "t1", "status": "SUCCESS", **overrides})


def make_old_row(text: str | None = PICKLED_42, **overrides: Any) -> TaskMeta:
    return make_row(stored_result=text, stored_meta=OLD_META, **overrides)


def reload(row: TaskMeta) -> TaskMeta:
    return TaskMeta.objects.get(pk=row.pk)


def test_a_row_documents_task_id_status_result_and_date_done() -> None:
    row = reload(make_row(result={"total": 3}, traceback="", meta={"children": []}))

    assert row.date_done is not None
    assert row.hidden is False
    assert str(row) == "<Task: t1 state=SUCCESS>"
    assert row.to_dict() == {
        "task_id": "t1",
        "status": "SUCCESS",
        "result": {"total": 3},
        "date_done": row.date_done,
        "traceback": "",
        "children": [],
    }


def test_a_result_is_stored_beside_its_content_type() -> None:
    row = make_row(result=[1, "two"])

    stored = row.stored_result, row.content_type, row.content_encoding
    assert stored == ('[1, "two"]', "application/json", "utf-8")


def test_a_new_row_is_pending_and_has_no_result() -> None:
    row = TaskMeta(task_id="t1")

    assert (row.status, row.result, row.meta, row.to_dict()["children"]) == (
        "PENDING",
        None,
        None,
        None,
    )


def test_the_result_of_a_failure_is_the_exception_raised() -> None:
    row = reload(make_row(status="FAILURE", result=KeyError("gone")))

    assert isinstance(row.result, KeyError)
    assert row.result is row.result


def test_a_value_that_cannot_be_stored_names_the_task() -> None:
    with pytest.raises(ResultNotEncodable, match="task t1 cannot be written as json"):
        make_row(result=object())


def test_one_row_that_cannot_be_decoded_does_not_break_the_list() -> None:
    make_old_row(PICKLED_GONE)
    make_row(task_id="t2", result="fine")

    broken, fine = TaskMeta.objects.order_by("task_id")

    assert fine.result == "fine"
    with pytest.raises(ResultNotDecodable, match=r"task t1.*CELERY_RESULT_ACCEPT_CONTENT"):
        broken.result  # noqa: B018  # the access raises


def test_a_pickle_of_old_is_read_where_pickle_is_accepted(app_with_pickle: Celery) -> None:
    row = reload(make_old_row())

    assert row.result == 42
    assert row.meta == {"children": []}


def test_saving_a_row_writes_back_the_text_it_had(app_with_pickle: Celery) -> None:
    row = reload(make_old_row(PICKLED_GONE))

    row.traceback = "changed"
    row.save()

    row = reload(row)
    assert (row.stored_result, row.content_type, row.traceback) == (PICKLED_GONE, None, "changed")
    assert row.stored_meta == OLD_META


def test_looking_at_an_old_value_does_not_rewrite_it(app_with_pickle: Celery) -> None:
    row = reload(make_old_row("gAJdcQEoSwFLAmUu"))

    assert row.result == [1, 2]
    row.save()

    assert (reload(row).stored_result, reload(row).content_type) == ("gAJdcQEoSwFLAmUu", None)


def test_a_value_that_was_changed_in_place_is_saved() -> None:
    row = reload(make_row(result={"done": 1}))

    row.result["done"] = 2
    row.save()

    assert reload(row).result == {"done": 2}


def test_a_new_value_over_an_old_pickle_takes_its_content_type_along(
    app_with_pickle: Celery,
) -> None:
    row = reload(make_old_row())

    row.result = "new"
    row.save(update_fields=["result"])

    row = reload(row)
    assert (row.result, row.content_type, row.meta) == (
        "new",
        "application/json",
        {"children": []},
    )


def test_a_refreshed_row_forgets_the_value_it_had() -> None:
    row = make_row(result=1)
    assert row.result == 1

    TaskMeta.objects.filter(pk=row.pk).update(result=2)
    row.refresh_from_db()

    assert row.result == 2


def test_rows_are_found_by_their_result() -> None:
    make_row(result={"total": 3})
    make_row(task_id="t2", result="three")
    make_row(task_id="t3", result=None)
    make_row(task_id="t4", status="FAILURE", result=KeyError("gone"))
    found = TaskMeta.objects.order_by("task_id").values_list("task_id", flat=True)

    assert list(found.filter(result={"total": 3})) == ["t1"]
    assert list(found.filter(result__in=["three", {"total": 3}, 5])) == ["t1", "t2"]
    assert list(found.filter(result=None)) == ["t3"]
    assert list(found.exclude(result="three").exclude(result=None)) == ["t1", "t4"]
    assert list(found.filter(result=KeyError("gone"))) == ["t4"]
    assert list(found.filter(result__contains="total")) == ["t1"]
    assert list(found.filter(meta={"children": []})) == []


def test_old_rows_are_found_by_numbers_and_texts_too() -> None:
    make_old_row()
    make_old_row("gAJVCnBsYWluIHRleHRxAS4=", task_id="t2")

    assert TaskMeta.objects.get(result=42).task_id == "t1"
    assert TaskMeta.objects.get(result="plain text").task_id == "t2"


def test_rows_are_found_by_the_result_of_another_query() -> None:
    make_row(result=5)
    make_row(task_id="t2", result=5)
    fives = TaskMeta.objects.filter(task_id="t1").values("result")

    assert TaskMeta.objects.filter(result__in=fives).count() == 2
    assert TaskMeta.objects.filter(result=F("result")).count() == 2


def test_values_are_decoded() -> None:
    make_row(result={"total": 3})
    make_row(task_id="t2", status="FAILURE", result=ValueError("no"))
    rows: Any = TaskMeta.objects.order_by("task_id")

    assert rows.values("result", "task_id")[0] == {"result": {"total": 3}, "task_id": "t1"}
    assert rows.values_list("result", flat=True)[0] == {"total": 3}
    assert repr(rows.values_list("task_id", "result")[1]) == "('t2', ValueError('no'))"
    assert rows.values_list("result", named=True)[0].result == {"total": 3}
    assert rows.values()[0]["result"] == {"total": 3}
    assert rows.values()[0].keys() >= {"id", "task_id", "status", "result", "date_done", "meta"}
    assert {"total": 3} in rows.values_list()[0]
    assert rows.values("meta")[0] == {"meta": None}
    assert rows.values(other=F("result"))[0] == {"other": {"total": 3}}


def test_values_have_annotations_beside_all_fields() -> None:
    make_row(result=5)
    rows: Any = TaskMeta.objects.annotate(length=Length("task_id"))

    assert rows.values()[0].items() >= {"length": 2, "result": 5}.items()
    assert len(rows.values_list()[0]) == len(TaskMeta.objects.values_list()[0]) + 1
    assert rows.values_list()[0][-1] == 2


def test_values_show_the_error_in_place_of_what_cannot_be_decoded() -> None:
    make_old_row()
    make_row(task_id="t2", result="fine")

    broken, fine = TaskMeta.objects.order_by("task_id").values_list("result", flat=True)

    assert fine == "fine"
    assert isinstance(broken, ResultNotDecodable)
    assert "task t1" in str(broken)


def test_values_can_be_counted_and_made_distinct() -> None:
    for number, result in enumerate(["a", "a", "b"]):
        make_row(task_id=f"t{number}", result=result)

    counted = TaskMeta.objects.values("result").annotate(number=Count("id")).order_by("result")

    assert list(counted) == [{"result": "a", "number": 2}, {"result": "b", "number": 1}]
    assert counted.count() == 2
    assert TaskMeta.objects.values("result").distinct().count() == 2
    assert len(TaskMeta.objects.values("result").distinct()) == 2


def test_a_deferred_result_is_loaded_when_somebody_looks() -> None:
    make_row(result="late")
    (row,) = TaskMeta.objects.defer("result")

    with CaptureQueriesContext(connection) as queries:
        assert row.result == "late"

    assert len(queries) == 1


def test_only_the_result_is_read_in_one_query() -> None:
    make_row(result="alone")

    with CaptureQueriesContext(connection) as queries:
        (row,) = TaskMeta.objects.only("result")
        assert row.result == "alone"

    assert len(queries) == 1


def test_updates_write_the_content_type_too(app_with_pickle: Celery) -> None:
    row = make_old_row()

    TaskMeta.objects.filter(pk=row.pk).update(result=[1], traceback="by update")
    assert (reload(row).result, reload(row).traceback) == ([1], "by update")

    row.result = [2]
    TaskMeta.objects.bulk_update([row], ["result"])
    assert reload(row).result == [2]


def test_values_that_were_changed_in_place_are_stored_in_bulk() -> None:
    new = TaskMeta(task_id="t1")
    new.result = [1]
    new.result.append(2)
    (row,) = TaskMeta.objects.bulk_create([new])
    assert TaskMeta.objects.get().result == [1, 2]

    row = TaskMeta.objects.get()
    row.result.append(3)
    TaskMeta.objects.bulk_update([row], ["result"])

    assert TaskMeta.objects.get().result == [1, 2, 3]


def test_one_row_is_made_for_an_id_or_found() -> None:
    rows: Any = TaskMeta.objects
    row, created = rows.update_or_create(task_id="t1", defaults={"result": 1})
    assert created

    same, created = rows.update_or_create(task_id="t1", defaults={"result": [2]})

    assert not created
    assert (same.pk, reload(row).result) == (row.pk, [2])


def test_a_row_can_be_validated_without_its_value_changing(app_with_pickle: Celery) -> None:
    row = make_old_row(traceback="x")

    row.full_clean()
    row.save()

    assert reload(row).stored_result == PICKLED_42


def dumped() -> str:
    out = StringIO()
    call_command("dumpdata", "djcelery.taskmeta", "djcelery.tasksetmeta", stdout=out)
    return out.getvalue()


def load(fixture: str, folder: Path) -> None:
    path = folder / "fixture.json"
    path.write_text(fixture)
    call_command("loaddata", path, verbosity=0)


def test_a_fixture_gives_back_every_row_as_it_was_without_reading_it(tmp_path: Path) -> None:
    make_row(result={"total": 3}, meta={"children": []})
    make_row(task_id="t2", status="FAILURE", result=ValueError("no"))
    make_row(task_id="t3", result=None)
    make_old_row(PICKLED_GONE, task_id="t4")
    TaskSetMeta.objects.store_result("g1", GroupResult("g1", []))
    before = dumped()

    TaskMeta.objects.all().delete()
    TaskSetMeta.objects.all().delete()
    load(before, tmp_path)

    assert dumped() == before
    assert TaskMeta.objects.get(task_id="t1").result == {"total": 3}


def test_a_fixture_of_old_is_loaded_in_both_its_forms(
    tmp_path: Path, app_with_pickle: Celery, settings: Settings
) -> None:
    settings.USE_TZ = True  # as where it was dumped
    fixture = gzip.decompress((RESULTS / "django-celery-3.3.1.dumpdata.json.gz").read_bytes())

    load(fixture.decode(), tmp_path)

    results = dict(TaskMeta.objects.values_list("pk", "result"))
    assert [results[key] for key in (1, 5, 7, 8, 11)] == [42, 3.14159, False, None, "only ascii"]
    assert TaskMeta.objects.get(pk=11).meta == {"children": []}
    group = TaskSetMeta.objects.get(pk=1).result
    assert isinstance(group, GroupResult)
    assert len(group) == 3


def test_old_pickles_are_loaded_and_dumped_as_they_are(tmp_path: Path, settings: Settings) -> None:
    settings.USE_TZ = True  # as where it was dumped
    fixture = gzip.decompress((RESULTS / "django-celery-3.3.1.dumpdata.json.gz").read_bytes())
    load(fixture.decode(), tmp_path)

    after = {(row["model"], row["pk"]): row["fields"] for row in json.loads(dumped())}

    pickles = [row for row in json.loads(fixture) if str(row["fields"]["result"]).startswith("gA")]
    assert len(pickles) > 30
    for row in pickles:
        assert after[row["model"], row["pk"]]["result"] == row["fields"]["result"]
        assert after[row["model"], row["pk"]].get("meta") == row["fields"].get("meta")


def test_migrations_know_the_fields_as_text_alone() -> None:
    for model, name in [(TaskMeta, "result"), (TaskMeta, "meta"), (TaskSetMeta, "result")]:
        field = model._meta.get_field(name)

        assert isinstance(field, models.TextField)
        assert field.deconstruct()[1] == "django.db.models.TextField"
        assert field.column == name


def test_a_result_that_is_written_over_in_bulk_takes_its_content_type_along(
    app_with_pickle: Celery,
) -> None:
    make_old_row()
    unique: dict[str, Any] = {"unique_fields": ["task_id"]} if connection.vendor != "mysql" else {}
    new = TaskMeta(task_id="t1")
    new.result = 7

    TaskMeta.objects.bulk_create([new], update_conflicts=True, update_fields=["result"], **unique)

    assert TaskMeta.objects.get().result == 7


def test_a_refreshed_result_is_read_as_it_is_stored_now(app_with_pickle: Celery) -> None:
    row = make_old_row()
    assert row.result == 42
    TaskMeta.objects.update(result=8)

    row.refresh_from_db(fields=["result"])

    assert row.result == 8


def test_a_row_can_be_pickled_whatever_its_result_is() -> None:
    row = make_row(status="FAILURE", result=KeyError("gone"))
    text = str(row.stored_result).replace("KeyError", "Gone")
    TaskMeta.objects.update(stored_result=text)
    row = reload(row)
    assert type(row.result).__name__ == "Gone"

    again = pickle.loads(pickle.dumps(row))

    assert again.stored_result == row.stored_result


def test_a_value_that_was_changed_in_place_is_pickled() -> None:
    row = make_row(result=[1])
    row.result.append(2)

    assert pickle.loads(pickle.dumps(row)).result == [1, 2]


@pytest.mark.parametrize(
    "meta", ["[1, 2]", '{"children": 5}', '{"children": [null]}', '"str"', "{{"]
)
def test_a_meta_without_children_is_an_error_of_its_own(meta: str) -> None:
    row = make_row(stored_meta=meta)

    with pytest.raises(ResultNotDecodable, match=r"task t1, stored as application/json"):
        row.to_dict()


@pytest.mark.django_db
def test_rows_are_loaded_without_converters_of_what_is_decoded_on_access() -> None:
    compiler = TaskMeta.objects.all().query.get_compiler("default")
    compiler.as_sql()
    columns = [expression for expression, _sql, _alias in compiler.select]

    converted = {columns[place].target.name for place in compiler.get_converters(columns)}

    assert not converted & {"result", "meta"}
    if connection.vendor == "postgresql" and connection.timezone is UTC:
        assert not converted
