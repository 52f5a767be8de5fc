"""Results and chords of real workers in caches on real servers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from celery import chord

if TYPE_CHECKING:
    from .conftest import MakeProject
    from .projects import Project, Style

TASKS = """\
import os
import signal
from pathlib import Path

from celery import shared_task


@shared_task
def double(x):
    return 2 * x


@shared_task(ignore_result=True)
def quiet(x):
    return 2 * x


@shared_task
def fail():
    raise KeyError("gone")


@shared_task
def long(size):
    return "x" * size


@shared_task(acks_late=True, reject_on_worker_lost=True)
def die_once(mark, x):
    if not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * x


@shared_task
def total(values, mark):
    with Path(mark).open("a") as file:
        file.write("sent\\n")
    return sum(values)
"""
MODULE = "django.core.cache.backends"
CACHES = {
    "redis": (f"{MODULE}.redis.RedisCache", "BROKER_URL"),
    "memcached": (f"{MODULE}.memcached.PyMemcacheCache", "MEMCACHED_URL"),
}
CHECK = """\
import django, {module}
django.setup()
from django.core.management import call_command
call_command("check")
"""
KINDS = [
    pytest.param(("redis", "C"), id="redis", marks=pytest.mark.redis),
    pytest.param(("memcached", "A"), id="memcached", marks=pytest.mark.memcached),
]


@pytest.fixture(scope="module", params=KINDS)
def shared_project(request: pytest.FixtureRequest, make_shared_project: MakeProject) -> Project:
    """A project with a worker of two processes, whose results are in a cache."""
    kind, style = request.param
    backend, variable = CACHES[kind]
    address = os.environ[variable].removeprefix("memcached://")
    cache = {"BACKEND": backend, "LOCATION": address, "KEY_PREFIX": uuid4().hex}
    project = make_shared_project(
        style=style,
        settings={
            "INSTALLED_APPS": ["djcelery_loader", "djcelery_backends", "shop"],
            "CACHES": {"default": {"BACKEND": f"{MODULE}.dummy.DummyCache"}, "results": cache},
            "CELERY_RESULT_BACKEND": "djcelery-cache",
            "CELERY_CACHE_BACKEND": "results",
            "CELERY_RESULT_EXPIRES": 600,
        },
        files={"shop/tasks.py": TASKS},
    )
    project.worker("-c", "2", pool="prefork")
    return project


@pytest.fixture
def project(shared_project: Project, settings: Any) -> Project:
    """The project; the client in this process has its caches."""
    settings.CACHES = shared_project.settings["CACHES"]
    return shared_project


def task(project: Project, name: str, *args: object) -> Any:
    return project.app.signature(f"shop.tasks.{name}", args)


def sent(project: Project, name: str) -> int:
    """How often the body with this mark has run."""
    return (project.path / name).read_text().count("sent")


def test_a_worker_stores_results_where_the_site_finds_them(project: Project) -> None:
    assert project.call("double", 3) == 6
    with pytest.raises(KeyError, match="gone"):
        project.send("fail").get(timeout=20, interval=0.02)


def test_a_result_too_large_for_the_cache_makes_the_task_fail(project: Project) -> None:
    result = project.send("long", 2_000_000)

    if "memcached" in project.settings["CACHES"]["results"]["BACKEND"]:
        with pytest.raises(Exception, match=f"the result of task {result.id} was not stored"):
            result.get(timeout=20, interval=0.02)
    else:
        assert len(result.get(timeout=20, interval=0.02)) == 2_000_000


def test_a_chord_sends_its_body_once(project: Project) -> None:
    mark = project.path / "many"
    header = [task(project, name, n) for n in range(30) for name in ("double", "quiet")]

    result = chord(header, app=project.app)(task(project, "total", str(mark)))

    assert result.get(timeout=30, interval=0.02) == 4 * sum(range(30))
    assert sent(project, "many") == 1


def test_a_chord_outlives_a_process_of_the_worker(project: Project) -> None:
    mark, died = project.path / "outlived", project.path / "died"
    header = [task(project, "double", 1), task(project, "die_once", str(died), 2)]

    result = chord(header, app=project.app)(task(project, "total", str(mark)))

    assert result.get(timeout=30, interval=0.02) == 6
    assert died.exists()
    assert sent(project, "outlived") == 1


def test_the_check_is_content_with_the_cache(project: Project) -> None:
    assert "djcelery_backends." not in project.manage("check")


@pytest.mark.parametrize(("style", "module"), [("A", "proj"), ("B", "proj"), ("C", "celery")])
def test_the_check_warns_of_a_cache_in_memory_in_each_style(
    make_project: MakeProject, style: Style, module: str
) -> None:
    settings = {
        "INSTALLED_APPS": ["djcelery_loader", "djcelery_backends", "shop"],
        "CACHES": {"default": {"BACKEND": f"{MODULE}.locmem.LocMemCache"}},
        "CELERY_RESULT_BACKEND": "djcelery-cache",
    }
    project = make_project(style=style, settings=settings)

    assert "(djcelery_backends.W001)" in project.python(CHECK.format(module=module))
