"""Sixteen processes store results of their own, and of the same tasks, at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from .results import make_results_project

if TYPE_CHECKING:
    from .conftest import MakeProject

SCRIPT = """\
import json, os, random, sys, traceback

import django

django.setup()
from celery import current_app
from celery.app.task import Context
from djcelery_backends.connection import worker_begins
from djcelery_models.models import TaskMeta
from djcelery_models.storeorder import rank

PROCESSES, OWN, SAME = 16, 4, 4
STORES = [(retries, state) for retries in range(3) for state in ("STARTED", "PROGRESS", "RETRY")]
STORES += [(2, "FAILURE")]


def value(state):
    return KeyError("gone") if state in ("RETRY", "FAILURE") else state


def store(task_id, retries, state):
    request = Context({"id": task_id, "task": "shop.add", "retries": retries})
    current_app.backend.store_result(task_id, value(state), state, request=request)


def run(number):
    shuffle = random.Random(number).shuffle
    todo = [(f"same-{n}", *one) for n in range(SAME) for one in STORES]
    todo += [(f"own-{number}-{n}", *one) for n in range(OWN) for one in STORES]
    todo += [(f"done-{n}", 0, "SUCCESS" if number == n else "STARTED") for n in range(SAME)]
    shuffle(todo)
    for task_id, retries, state in todo:
        store(task_id, retries, state)


def fork(number):
    child = os.fork()
    if child:
        return child
    try:
        run(number)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


worker_begins()
children = [fork(number) for number in range(PROCESSES)]
codes = {os.waitpid(child, 0)[1] for child in children}
rows = TaskMeta.objects.values_list("task_id", "retries", "status")
print(json.dumps({"codes": list(codes), "rows": list(rows)}))
"""


@pytest.mark.timeout(240)
def test_nothing_is_lost_and_the_furthest_store_wins(make_project: MakeProject) -> None:
    project = make_results_project(make_project, "")

    *printed, last = project.python(SCRIPT).splitlines()

    told: dict[str, Any] = json.loads(last)
    assert told["codes"] == [0], printed
    rows = {task_id: (retries, state) for task_id, retries, state in told["rows"]}
    names = [f"own-{number}-{n}" for number in range(16) for n in range(4)]
    names += [f"same-{n}" for n in range(4)]
    expected = dict.fromkeys(names, (2, "FAILURE"))
    expected |= dict.fromkeys([f"done-{n}" for n in range(4)], (0, "SUCCESS"))
    assert rows == expected
    assert [line for line in printed if "could not be stored, trying" not in line] == []
