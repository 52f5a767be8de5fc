"""What a worker says and does when it starts, and what a site does without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import MakeProject
    from .projects import Style

WSGI = """\
{before}
from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from shop.tasks import add

broker_url = add.app.conf.broker_url
{after}

from threading import Thread

add.delay(1, 2)
thread = Thread(target=lambda: print(add.delay(3, 4).id, add.app.conf.broker_url))
thread.start()
thread.join()
"""
SETUP = "import djcelery_loader; djcelery_loader.setup_loader()"


def test_a_worker_with_debug_says_so_once(make_project: MakeProject) -> None:
    project = make_project(settings={"DEBUG": True})

    worker = project.worker("-c", "2", pool="prefork")

    assert project.call("add", 2, 3) == 5
    assert worker.output.count("DEBUG = True:") == 1


@pytest.mark.parametrize("style", ["A", "B", "C"])
def test_an_import_error_inside_a_task_module_stops_the_worker(
    make_project: MakeProject, style: Style
) -> None:
    project = make_project(style=style, files={"shop/tasks.py": "import absent_library\n"})

    worker = project.celery("worker", "-P", "solo", ready="No module named 'absent_library'")

    assert worker.wait() != 0
    assert "shop/tasks.py" in worker.output


@pytest.mark.parametrize("style", ["A", "C"])
def test_a_pool_of_new_interpreters_runs_tasks(make_project: MakeProject, style: Style) -> None:
    settings = {"CELERY_WORKER_POOL_START_METHOD": "spawn"}
    project = make_project(style=style, settings=settings)
    project.worker("-c", "1", pool="prefork")

    assert project.call("add", 2, 3) == 5


@pytest.mark.parametrize("use_tz", [True, False])
def test_a_task_with_an_eta_runs_with_and_without_time_zones(
    make_project: MakeProject,
    use_tz: bool,
) -> None:
    project = make_project(settings={"USE_TZ": use_tz})
    project.worker()

    assert project.send("add", 2, 3, countdown=1).get(timeout=20, interval=0.02) == 5


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_site_sends_tasks_to_its_broker_from_the_start_or_from_then_on(
    make_project: MakeProject, moment: str
) -> None:
    project = make_project(style="A")  # its settings do not set up the loader
    lines = {"before": "", "after": "", moment: SETUP}

    printed = project.python(WSGI.format(**lines))

    assert printed.split()[-1] == project.settings["CELERY_BROKER_URL"]
    with project.app.connection_for_write() as connection:
        queue = connection.SimpleQueue(project.app.conf.task_default_queue)
        assert queue.qsize() == 2


def test_a_report_shows_no_settings_but_celery_s(make_project: MakeProject) -> None:
    project = make_project(settings={"SHOP_SECRET": "hidden"})

    printed = project.python("from celery import current_app; print(current_app.bugreport())")

    assert "CELERY_TASK_DEFAULT_QUEUE" in printed
    assert "INSTALLED_APPS" not in printed
    assert "hidden" not in printed
