"""Projects that have the views, served for real, and one who uses them."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from typing import TYPE_CHECKING, Any, Literal

from .results import WITHOUT_LOADER, make_results_project

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .conftest import MakeProject
    from .processes import Process
    from .projects import Project

Interface = Literal["wsgi", "asgi"]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
URLS = """\
from django.urls import include, path

urlpatterns = [path("celery/", include("djcelery_views.urls"))]
"""
SERVERS = {
    "serve_wsgi.py": """\
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.core.wsgi import get_wsgi_application


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


server = make_server("127.0.0.1", 0, get_wsgi_application(), server_class=Server)
print(f"running on http://127.0.0.1:{server.server_port} (CTRL+C to quit)")
server.serve_forever()
""",
    "serve_asgi.py": """\
import uvicorn
from django.core.asgi import get_asgi_application

uvicorn.run(get_asgi_application(), host="127.0.0.1", port=0, lifespan="off")
""",
}
USER = """\
from importlib import import_module

import django

django.setup()
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Permission, User

user = User.objects.create_user({name!r})
user.user_permissions.set(Permission.objects.filter(codename__in={permissions!r}))
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.save()
print("session:", session.session_key)
"""
TOKEN = "a" * 32


def make_site(
    make: MakeProject,
    tasks: str,
    *,
    settings: Mapping[str, Any] | None = None,
    files: Mapping[str, str] | None = None,
    has_loader: bool = True,
) -> Project:
    """A project with the views below ``/celery/``, users, and results in its database.

    has_loader: if not, it has a Celery app of its own, which what serves it imports.
    """
    apps = ["contenttypes", "auth", "sessions", "staticfiles"]
    project = make_results_project(
        make,
        tasks,
        settings={
            "INSTALLED_APPS": [
                *(f"django.contrib.{name}" for name in apps),
                "djcelery_loader",
                "djcelery_views",
                "shop",
            ],
            "MIDDLEWARE": MIDDLEWARE,
            "ALLOWED_HOSTS": ["127.0.0.1"],
            "STATIC_URL": "static/",
            **(settings or {}),
        },
        has_loader=has_loader,
    )
    before = "" if has_loader else "import proj.celery\n"
    servers = {name: before + source for name, source in SERVERS.items()}
    written = {} if has_loader else WITHOUT_LOADER
    project.write(
        written | {"conf/urls.py": URLS, "shop/tasks.py": tasks} | servers | dict(files or {})
    )
    return project


def serve(project: Project, interface: Interface) -> tuple[int, Process]:
    """The port at which the project is served, and the process that does."""
    process = project.start(f"serve_{interface}.py", ready="CTRL+C to quit")
    found = re.search(r"running on http://127.0.0.1:(\d+)", process.output)
    assert found is not None
    return int(found[1]), process


@dataclass(kw_only=True)
class Visitor:
    """A browser, logged in if there is a ``session``, that sends the token against CSRF."""

    port: int
    session: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, Any]:
        """The status of the answer, and its JSON."""
        with self.opened(method, path, body, **headers) as response:
            return response.status, json.loads(response.read())

    @contextmanager
    def opened(
        self, method: str, path: str, body: str = "", **headers: str
    ) -> Iterator[HTTPResponse]:
        """The answer, to be read as it comes; at the end of the block the browser is gone."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        cookies = f"csrftoken={TOKEN}; sessionid={self.session}"
        own = {"Cookie": cookies, "X-CSRFToken": TOKEN, "Connection": "close"}
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, own | self.headers | sent)
            with connection.getresponse() as response:
                yield response
        finally:
            connection.close()


def make_visitor(project: Project, port: int, *permissions: str) -> Visitor:
    """A browser in which a new user with these permissions is logged in."""
    name = "-".join(("user", *permissions))
    printed = project.python(USER.format(name=name, permissions=permissions))
    found = re.search(r"session: (\w+)", printed)
    assert found is not None, printed
    return Visitor(port=port, session=found[1])


def read_events(response: HTTPResponse) -> Iterator[dict[str, Any] | None]:
    """The tasks in server-sent events as they come; None is a comment."""
    for line in response:
        if line.startswith(b"data: "):
            yield json.loads(line.removeprefix(b"data: "))["task"]
        elif line.startswith(b":"):
            yield None
