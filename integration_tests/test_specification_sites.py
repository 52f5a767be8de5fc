"""``import djcelery; djcelery.setup_loader()`` in ``wsgi.py`` and ``asgi.py``, and a site served.

The lines stand before or after the application is made; ``.delay()`` from the site uses our app.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import MakeProject
    from .projects import Project

SETUP = "import djcelery; djcelery.setup_loader()"
APPLICATION = """\
{before}
from django.core.{interface} import get_{interface}_application

application = get_{interface}_application()
{after}
"""
URLS = """\
from django.http import HttpResponse
from django.urls import path
from shop.tasks import add

urlpatterns = [path("order/", lambda request: HttpResponse(add.delay(2, 3).id))]
"""
WSGI_CLIENT = """\
from threading import Thread
from urllib.request import urlopen
from wsgiref.simple_server import make_server

from conf.wsgi import application

with make_server("127.0.0.1", 0, application) as server:
    serving = Thread(target=server.handle_request)
    serving.start()
    with urlopen(f"http://127.0.0.1:{server.server_port}/order/", timeout=10) as response:
        print(response.read().decode())
    serving.join()
"""
ASGI_CLIENT = """\
import asyncio

from asgiref.testing import ApplicationCommunicator
from conf.asgi import application

REQUEST = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "GET",
    "path": "/order/",
    "query_string": b"",
    "headers": [(b"host", b"localhost")],
}


async def ask():
    site = ApplicationCommunicator(application, REQUEST)
    await site.send_input({"type": "http.request", "body": b""})
    await site.receive_output(timeout=10)
    print((await site.receive_output(timeout=10))["body"].decode())


asyncio.run(ask())
"""
CLIENTS = {"wsgi": WSGI_CLIENT, "asgi": ASGI_CLIENT}


def first_task_id(project: Project) -> str:
    """The id of the task in the first message of the project's queue."""
    with project.app.connection_for_read() as connection:
        queue = connection.SimpleQueue(project.app.conf.task_default_queue)
        message = queue.get(timeout=10)
        message.ack()
        return str(message.headers["id"])


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_a_request_sends_a_task_to_the_broker_of_the_settings(
    make_project: MakeProject, interface: str, moment: str
) -> None:
    lines = {"before": "", "after": "", moment: SETUP}
    project = make_project(
        style="A",  # its settings do not set up the loader, and nothing here imports its app
        settings={"INSTALLED_APPS": ["djcelery", "shop"], "ALLOWED_HOSTS": ["*"]},
        files={
            f"conf/{interface}.py": APPLICATION.format(interface=interface, **lines),
            "conf/urls.py": URLS,
        },
    )

    printed = project.python(CLIENTS[interface])

    assert first_task_id(project) in printed.split()
