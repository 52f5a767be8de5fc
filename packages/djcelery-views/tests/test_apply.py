"""``djcelery.views``: ``apply`` and ``task_view`` send tasks, for those who may run them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from celery import Celery, Task, shared_task
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import path, reverse
from django.views.decorators.csrf import csrf_exempt
from djcelery_views import urls
from djcelery_views.views import task_view
from kombu import Queue

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_django import Settings

pytestmark = pytest.mark.django_db

TOKEN = "a" * 32
LATE = """
from celery import shared_task


@shared_task(name="late")
def late():
    pass
"""


@shared_task(name="shop.add", bind=True)
def add(self: Task[Any, Any], x: int, y: int = 1) -> int:
    return x + y


@shared_task(name="shop.note", bind=True)  # type: ignore[arg-type]  # its name is the trap
def note(task: Task[Any, Any], **options: object) -> None: ...


@shared_task(name="shop.name")
def name_it(self: str, request: str) -> None: ...


urlpatterns = [
    *urls.urlpatterns,
    path("add/", task_view(add)),
    path("add/<int:x>/", task_view(add)),
    path("name/<str:self>/<str:request>/", task_view(name_it)),
    path("note/<str:task>/", task_view(note)),
    path("exempt/", csrf_exempt(task_view(add))),
]


@pytest.fixture
def shop(app: Celery, site: Settings) -> Celery:
    """An app, on a site that has views of its task."""
    site.ROOT_URLCONF = __name__
    return app


def sent(app: Celery) -> list[Any]:
    """The arguments by name in the messages that the broker has, which are taken from it."""
    with app.connection_for_read() as connection:
        queue: Any = Queue(app.conf.task_default_queue)(connection.default_channel)
        messages = iter(lambda: queue.get(no_ack=True), None)
        return [message.payload[1] for message in messages]


def apply(client: Client, name: str = "shop.add", **options: Any) -> Any:
    """Send a form to the view; JSON, where there is a ``json``."""
    if "json" in options:
        options |= {"data": options.pop("json"), "content_type": "application/json"}
    return client.post(reverse("celery-apply", args=[name]), **options)


@pytest.fixture
def client(shop: Celery, make_client: Callable[..., Client]) -> Client:
    return make_client("run_taskstate")


def test_an_object_of_json_is_the_arguments(shop: Celery, client: Client, read: Any) -> None:
    response = apply(client, json={"x": 1, "y": {"deep": [2]}})

    answer = read(response, "started")
    assert answer["ok"] == "true"
    assert sent(shop) == [{"x": 1, "y": {"deep": [2]}}]


def test_the_fields_of_a_form_are_the_arguments_without_the_token(
    shop: Celery, client: Client, read: Any
) -> None:
    form = {"x": "1", "csrfmiddlewaretoken": TOKEN}

    read(apply(client, data=form), "started")
    encoded = "application/x-www-form-urlencoded"
    read(apply(client, data=urlencode(form), content_type=encoded), "started")

    assert sent(shop) == [{"x": "1"}, {"x": "1"}]


def test_a_task_view_sends_its_task_and_what_is_in_the_address_comes_first(
    shop: Celery, client: Client, read: Any
) -> None:
    read(client.post("/add/", {"x": "1"}), "started")
    read(client.post("/add/5/", {"x": "1", "y": "2"}), "started")

    assert sent(shop) == [{"x": "1"}, {"x": 5, "y": "2"}]


@pytest.mark.parametrize("url", ["/apply/shop.add/", "/add/"])
@pytest.mark.parametrize("method", ["get", "head", "put", "delete"])
def test_sending_takes_post_alone(
    shop: Celery, client: Client, read: Any, url: str, method: str
) -> None:
    response = getattr(client, method)(url)

    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    assert not sent(shop)


@pytest.mark.parametrize("has_middleware", [True, False])
@pytest.mark.parametrize("url", ["/apply/shop.add/", "/add/", "/exempt/"])
def test_sending_needs_the_token_whatever_the_middleware(
    shop: Celery, site: Settings, make_client: Callable[..., Client], url: str, has_middleware: bool
) -> None:
    client = make_client("run_taskstate", enforce_csrf_checks=True)
    client.cookies["csrftoken"] = TOKEN
    if not has_middleware:
        site.MIDDLEWARE = [name for name in site.MIDDLEWARE if "Csrf" not in name]

    assert client.post(url, {"x": "1"}).status_code == 403
    assert not sent(shop)
    assert client.post(url, {"x": "1"}, headers={"X-CSRFToken": TOKEN}).status_code == 200
    assert sent(shop) == [{"x": "1"}]


@pytest.mark.parametrize("url", ["/apply/shop.add/", "/add/", "/apply/shop.absent/"])
def test_sending_needs_the_permission_even_where_states_are_public(
    shop: Celery, make_client: Callable[..., Client], settings: Settings, read: Any, url: str
) -> None:
    settings.DJCELERY_VIEWS_PUBLIC_STATUS = True

    for client in (Client(), make_client(), make_client("view_taskstate")):
        response = client.post(url, {"x": "1"})

        assert response.status_code == 403
        assert "djcelery.run_taskstate" in read(response, "error")["error"]
    assert not sent(shop)


def test_an_unknown_task_is_not_found(client: Client, read: Any) -> None:
    response = apply(client, "shop.absent")

    assert response.status_code == 404
    assert read(response, "error")["error"] == "there is no task 'shop.absent'"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "shop.add: missing a required argument: 'x'"),
        ({"x": 1, "z": 2}, "unexpected keyword argument 'z'"),
        ({"x": 1, "self": 2}, "multiple values for argument 'self'"),
        ("[1, 2]", "an object of JSON"),
        ("{", "not JSON"),
        ('{"x": NaN}', "not JSON: NaN"),
        ('{"x": [-1e999]}', "not JSON: -1e999"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_bad_arguments_are_refused_with_the_reason(
    shop: Celery, client: Client, read: Any, body: object, reason: str
) -> None:
    response = apply(client, json=body)

    assert response.status_code == 400
    assert reason in read(response, "error")["error"]
    assert not sent(shop)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"data": {"x": SimpleUploadedFile("x", b"x")}}, "no files"),
        ({"data": "x=1", "content_type": "text/plain"}, "not text/plain"),
        ({"data": b"\xff", "content_type": "application/json"}, "not JSON"),
    ],
)
def test_what_holds_no_arguments_is_refused(
    shop: Celery, client: Client, read: Any, options: dict[str, Any], reason: str
) -> None:
    response = client.post("/add/", **options)

    assert response.status_code == 400
    assert reason in read(response, "error")["error"]
    assert not sent(shop)


@pytest.mark.parametrize("url", ["/apply/shop.note/", "/note/other/"])
def test_a_bound_task_cannot_be_given_itself(
    shop: Celery, client: Client, read: Any, url: str
) -> None:
    response = client.post(url, {"task": "other"})

    assert response.status_code == 400
    assert read(response, "error")["error"] == ("shop.note: multiple values for argument 'task'")
    assert not sent(shop)


def test_arguments_may_be_named_as_those_of_views(shop: Celery, client: Client, read: Any) -> None:
    arguments = {"self": "a", "request": "b"}

    read(client.post("/name/a/b/"), "started")
    read(client.post("/apply/shop.name/", arguments), "started")
    read(client.post("/apply/shop.note/", arguments | {"args": "c", "kwargs": "d"}), "started")

    assert sent(shop) == [arguments, arguments, arguments | {"args": "c", "kwargs": "d"}]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"data": {"x": "1" * 3000}}, "DATA_UPLOAD_MAX_MEMORY_SIZE"),
        ({"data": '{"x": 1}' + " " * 3000, "content_type": "application/json"}, "MEMORY_SIZE"),
        ({"data": {str(number): "" for number in range(11)}}, "DATA_UPLOAD_MAX_NUMBER_FIELDS"),
        ({"data": "x=1", "content_type": "multipart/form-data"}, "boundary"),
    ],
)
def test_a_body_that_django_does_not_take_is_refused_in_json(
    client: Client, site: Settings, read: Any, options: dict[str, Any], reason: str
) -> None:
    site.DATA_UPLOAD_MAX_MEMORY_SIZE, site.DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000, 10

    response = client.post("/add/", **options)

    assert response.status_code == 400
    assert reason in read(response, "error")["error"]


def test_a_task_that_runs_in_place_needs_no_broker(shop: Celery, client: Client, read: Any) -> None:
    shop.conf.update(
        task_always_eager=True, task_store_eager_result=True, broker_url="amqp://127.0.0.1:1"
    )

    task_id = read(apply(client, json={"x": 1}), "started")["task_id"]

    assert shop.AsyncResult(task_id).result == 2


def test_the_modules_with_tasks_are_imported_for_the_first_request(
    make_app: Callable[..., Celery],
    make_client: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    read: Any,
) -> None:
    (tmp_path / "latetasks.py").write_text(LATE)
    monkeypatch.syspath_prepend(tmp_path)
    make_app(imports=["latetasks"])

    response = apply(make_client("run_taskstate"), "late")

    read(response, "started")
