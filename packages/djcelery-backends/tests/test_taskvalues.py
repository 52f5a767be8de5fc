"""The values of a store, as the database takes them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connections
from djcelery_backends.taskvalues import in_order, result_values
from djcelery_models.encoding import Stored
from djcelery_models.models import TaskMeta
from djcelery_models.upsert import ALWAYS, upsert_statement

if TYPE_CHECKING:
    from pytest_django import Settings


@pytest.mark.django_db
@pytest.mark.parametrize(("zone", "hours"), [(None, 0), ("UTC", 0), ("Asia/Tokyo", 9)])
def test_one_moment_is_written_as_each_field_has_it(
    settings: Settings, zone: str | None, hours: int
) -> None:
    settings.USE_TZ = True
    known = connections["default"]
    connection = type(known)({**known.settings_dict, "TIME_ZONE": zone}, "default")
    statement = upsert_statement(TaskMeta, "task_id", ALWAYS, "default")
    given = result_values("t1", "SUCCESS", Stored(text="1"), None)

    values = in_order(given, statement, connection)

    places = [field.name for field in statement.fields]
    done, stored = (values[places.index(name)] for name in ("date_done", "stored_at"))
    if connection.features.supports_timezones:  # what is aware needs no zone of the connection's
        hours = 0
    apart = datetime.fromisoformat(str(done)) - datetime.fromisoformat(str(stored))
    assert apart == timedelta(hours=hours)
