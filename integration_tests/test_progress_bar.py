"""Progress bars in a real browser: of the script alone, and in the page of the example site."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .browsers import CHROMIUM, Page, browser
from .processes import Process
from .websites import URLS, Interface, Visitor, make_site, read_events, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import MakeProject

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.timeout(200),
]

EXAMPLE_SITE = Path(__file__).resolve().parent.parent / "example_site"
TASKS = """\
import time

from celery import shared_task


@shared_task(bind=True)
def count(self, total):
    for current in range(total):
        self.update_state(state="PROGRESS", meta={"current": current, "total": total})
        time.sleep(0.3)
    return total


@shared_task
def fail():
    raise ValueError("no")
"""
PAGE = """
from django.contrib.staticfiles.views import serve
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.views.decorators.csrf import ensure_csrf_cookie

from shop.tasks import count, fail

PAGE = '''<!doctype html>
<html><head>
<script src="/static/djcelery_views/progress.js" defer></script>
</head><body>
<progress data-celery-events="/celery/{}/events/"></progress>
</body></html>'''


def page(request, name, total=None):
    task = {"count": count, "fail": fail}[name]
    result = task.delay() if total is None else task.delay(total)
    response = HttpResponse(PAGE.format(result.id))
    response.headers["Content-Security-Policy"] = "default-src 'self'"
    return response


urlpatterns += [
    path("page/<name>/", page),
    path("page/<name>/<int:total>/", page),
    path("static/<path:path>", serve, {"insecure": True}),
]
"""
POSITIONS = """
new Promise((done) => {
    const bar = document.querySelector("%s");
    const seen = [];
    const look = () => {
        if (seen.at(-1) !== bar.position) seen.push(bar.position);
        if (%s) done(seen);
        else setTimeout(look, 20);
    };
    look();
})
"""


@pytest.fixture
def page() -> Iterator[Page]:
    with browser() as page:
        yield page


def positions(page: Page, bar: str, until: str) -> list[float]:
    """Where the bar was, one after the other, until the expression ``until`` is true."""
    seen: list[float] = page.run(POSITIONS % (bar, until))
    return [position for position in seen if position >= 0]


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_a_bar_moves_to_its_end_under_a_strict_content_security_policy(
    make_project: MakeProject, interface: Interface, page: Page
) -> None:
    project = make_site(
        make_project,
        TASKS,
        settings={"DJCELERY_VIEWS_PUBLIC_STATUS": True},
        files={"conf/urls.py": URLS + PAGE},
    )
    project.worker(pool="threads")
    port, _ = serve(project, interface)

    page.open(f"http://127.0.0.1:{port}/page/count/5/")
    seen = positions(page, "progress", "bar.dataset.celeryState === 'SUCCESS'")

    assert len(seen) >= 3
    assert seen == sorted(seen)
    assert seen[-1] == 1

    page.open(f"http://127.0.0.1:{port}/page/fail/")
    seen = positions(page, "progress", "bar.dataset.celeryState === 'FAILURE'")

    assert page.run("document.querySelector('progress').position") == 0


def test_a_bar_that_is_refused_for_now_tries_again(make_project: MakeProject, page: Page) -> None:
    project = make_site(
        make_project,
        TASKS,
        settings={
            "DJCELERY_VIEWS_PUBLIC_STATUS": True,
            "DJCELERY_VIEWS_MAX_EVENTS": 1,
            "DJCELERY_VIEWS_HEARTBEAT_SECONDS": 1,
        },
        files={"conf/urls.py": URLS + PAGE},
    )
    project.worker(pool="threads")
    port, server = serve(project, "wsgi")

    with Visitor(port=port).opened("GET", "/celery/another/events/") as response:
        assert next(read_events(response)) is not None
        page.open(f"http://127.0.0.1:{port}/page/count/2/")
        server.wait_for('/events/ HTTP/1.1" 503')
    seen = positions(page, "progress", "bar.dataset.celeryState === 'SUCCESS'")

    assert seen[-1] == 1


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[str]:
    """The address of the example site, which runs in a copy of its folder."""
    folder = tmp_path / "example_site"
    shutil.copytree(EXAMPLE_SITE, folder, ignore=shutil.ignore_patterns("var", "__pycache__", ".*"))
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CELERY", "DJANGO", "PYTEST"))
        and name not in {"BROKER_URL", "DATABASE_URL"}
    }
    process = Process([sys.executable, "demo.py", "--no-browser"], cwd=folder, env=inherited)
    try:
        process.wait_for("Ctrl-C stops everything", timeout=60)
        found = re.search(r"http://127\.0\.0\.1:\d+/", process.output)
        assert found is not None
        yield found[0]
    finally:
        process.terminate()
        process.kill()


def test_the_bar_of_the_example_site_moves(demo: str, page: Page, tmp_path: Path) -> None:
    page.open(demo)
    page.run("document.querySelector('form[action$=\"/long/\"]').requestSubmit()")
    page.run(POSITIONS % ("body", "document.querySelector('#trials progress:not([hidden])')"))

    seen = positions(page, "#trials progress", "bar.position > 0.5")
    page.run("document.querySelector('#trials').scrollIntoView()")
    page.picture(tmp_path / "half.png")
    page.run(
        POSITIONS % ("body", "document.querySelector('#trials .state').textContent === 'done'")
    )

    assert len(seen) > 2
    assert seen == sorted(seen)
