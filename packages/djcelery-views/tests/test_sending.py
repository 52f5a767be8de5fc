"""``djcelery.views``: a broker that is down, or says nothing, is noticed within seconds."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from djcelery_views.sending import bounded_connection
from kombu import Queue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from celery import Celery
    from django.test import Client

pytestmark = pytest.mark.django_db


def noop() -> None: ...


@pytest.fixture(params=["amqp", "redis"])
def scheme(request: pytest.FixtureRequest) -> str:
    if request.param == "redis":
        pytest.importorskip("redis")
    return str(request.param)


@pytest.fixture(params=["silent", "absent"])
def broker(request: pytest.FixtureRequest, scheme: str) -> Iterator[str]:
    """The address of a server that takes connections and says nothing, or of none."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1] if request.param == "silent" else 1
        yield f"{scheme}://guest:secret@127.0.0.1:{port}"


def test_a_broker_that_does_not_answer_is_unavailable(
    make_app: Callable[..., Celery], make_client: Callable[..., Client], read: Any, broker: str
) -> None:
    make_app(broker_url=broker).task(name="noop", shared=False)(noop)
    began = time.monotonic()

    response = make_client("run_taskstate").post(reverse("celery-apply", args=["noop"]))

    assert response.status_code == 503
    assert read(response, "error")["error"] == (
        "the broker does not answer, so the task was not sent"
    )
    assert time.monotonic() - began < 15


@pytest.mark.parametrize("scheme", ["redis"], indirect=True)
def test_a_result_backend_that_does_not_answer_does_not_hold_a_task_up(
    make_app: Callable[..., Celery], make_client: Callable[..., Client], read: Any, broker: str
) -> None:
    app = make_app(result_backend=broker)
    app.task(name="noop", shared=False)(noop)
    began = time.monotonic()

    response = make_client("run_taskstate").post(reverse("celery-apply", args=["noop"]))

    read(response, "started")
    assert time.monotonic() - began < 5
    with app.connection_for_read() as connection:
        queue: Any = Queue(app.conf.task_default_queue)(connection.default_channel)
        message = queue.get(no_ack=True)
    assert message.headers["ignore_result"] is False


def test_results_by_rpc_have_their_queue(
    make_app: Callable[..., Celery], make_client: Callable[..., Client], read: Any
) -> None:
    app = make_app(result_backend="rpc://")
    app.task(name="noop", shared=False)(noop)

    read(make_client("run_taskstate").post(reverse("celery-apply", args=["noop"])), "started")

    with app.connection_for_read() as connection:
        backend: Any = app.backend
        backend.binding(connection.default_channel).queue_declare(passive=True)


def test_time_limits_of_the_project_come_first(make_app: Callable[..., Celery]) -> None:
    app = make_app(broker_url="amqp://", broker_transport_options={"read_timeout": 60})

    options: Any = bounded_connection(app).transport_options

    assert (options["read_timeout"], options["write_timeout"]) == (60, 4)
