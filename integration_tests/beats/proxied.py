"""Ways to the broker and to the database of a project that can be cut."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from integration_tests.proxies import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from integration_tests.projects import Project

PORTS = {"amqp": 5672, "redis": 6379}
DATABASE_PORTS = {"postgresql": 5432, "mysql": 3306}


@contextmanager
def proxied(project: Project, files: Mapping[str, str]) -> Iterator[list[Proxy]]:
    """The project's processes reach its servers through these; SQLite has none.

    files: those of the project that are not as in any other.
    """
    with ExitStack() as stack:
        url = urlsplit(project.settings["CELERY_BROKER_URL"])
        broker = Proxy(url.hostname or "127.0.0.1", url.port or PORTS[url.scheme])
        account = url.netloc.rpartition("@")[0]
        netloc = f"{account}{'@' if account else ''}127.0.0.1:{broker.port}"
        through = {"CELERY_BROKER_URL": url._replace(netloc=netloc).geturl()}
        servers = [stack.enter_context(broker)]
        database = project.settings["DATABASES"]["default"]
        vendor = database["ENGINE"].rpartition(".")[2]
        if vendor in DATABASE_PORTS:
            port = int(database.get("PORT") or DATABASE_PORTS[vendor])
            server = stack.enter_context(Proxy(database.get("HOST") or "127.0.0.1", port))
            servers.append(server)
            there = {**database, "HOST": "127.0.0.1", "PORT": str(server.port)}
            through |= {"DATABASES": {"default": there}}
        given = project.settings
        project.settings = {**given, **through}
        project.write(files)
        project.settings = given
        yield servers
