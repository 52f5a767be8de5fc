"""The arguments of Celery's own tasks, and of its events' texts, are masked by their names."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from celery import Celery, Task
from celery.utils.saferepr import saferepr
from djcelery_utils.arguments import mask_text, show_arguments, signature_of
from kombu.utils.json import dumps, loads

WORDS = ("password",)


app = Celery(set_as_current=False)


@app.task(name="plain", shared=False)
def plain(user: str, password: str, **more: object) -> None: ...


@app.task(name="bound", bind=True, shared=False)
def bound(_task: Task[Any, Any], /, user: str, password: str, **more: object) -> None: ...


@app.task(name="retried", bind=True, autoretry_for=(OSError,), shared=False)
def retried(_task: Task[Any, Any], /, user: str, password: str, **more: object) -> None: ...


class Login(Task):  # type: ignore[type-arg]  # generic in the stubs alone
    name = "class"

    def run(self, user: str, password: str, **more: object) -> None: ...


app.register_task(Login())


@pytest.mark.parametrize("name", ["plain", "bound", "retried", "class"])
def test_a_task_names_its_arguments(name: str) -> None:
    called = signature_of(app.tasks[name])

    shown = show_arguments(["me", "s3cr3t"], {"old_password": "s3cr3t"}, called, words=WORDS)

    assert shown == ('["me", "<hidden>"]', '{"old_password": "<hidden>"}')


@pytest.mark.parametrize("name", ["plain", "bound", "retried", "class"])
def test_the_texts_of_an_event_are_masked_by_the_same_names(name: str) -> None:
    called = signature_of(app.tasks[name])
    args = saferepr(("me", "s3cr3t"), 1024)
    kwargs = saferepr({"old_password": "s3cr3t", "n": 1}, 1024)

    shown = mask_text(args, kwargs, called, words=WORDS)

    assert shown == ('["me", "<hidden>"]', '{"old_password": "<hidden>", "n": 1}')


@pytest.mark.parametrize("length", range(1, 120))
def test_a_text_that_celery_has_cut_shows_no_secret(length: int) -> None:
    args = saferepr((["x" * 20, {"password": "s3cr3t"}], "s3cr3t"), length)
    kwargs = saferepr({"n": "x" * 20, "password": ["s3cr3t"], "m": [{"password": "s3"}]}, length)

    shown = mask_text(args, kwargs, signature_of(app.tasks["plain"]), words=WORDS)

    assert "s3" not in "".join(shown)


def test_kombu_reads_what_is_json() -> None:
    sent = loads(dumps({"id": UUID(int=1), "data": b"\xff", "n": [1.5, None]}))

    _, shown = show_arguments([], sent, None, words=WORDS)

    assert loads(shown) == sent
